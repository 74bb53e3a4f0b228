//! Frames: how requests and replies lie in a pipe. The length of the payload (u32,
//! little endian), its kind (a byte), the payload.

use std::io::{self, Read, Write};

/// Most bytes of a payload.
pub const MOST_BYTES: usize = 64 << 20;

/// Bytes before the payload.
const HEADER: usize = 5;

/// A frame that is none.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The pipe ended, within a frame or before it.
    #[error("the pipe ended")]
    Ended,
    /// The pipe cannot be used.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The payload would be larger than any.
    #[error("a frame of {0} bytes; at most {MOST_BYTES} are sent")]
    TooLong(usize),
}

/// A frame that is being filled, kept so that a step allocates nothing.
#[derive(Debug, Default)]
pub struct Outgoing(Vec<u8>);

impl Outgoing {
    /// Begins a frame of this kind.
    pub fn begin(&mut self, kind: u8) -> &mut Self {
        self.0.clear();
        self.0.extend_from_slice(&[0, 0, 0, 0, kind]);
        self
    }

    /// Adds bytes to the payload.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Adds a number to the payload.
    pub fn number(&mut self, number: u32) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    /// Adds real numbers to the payload.
    pub fn reals(&mut self, reals: &[f32]) -> &mut Self {
        for real in reals {
            self.bytes(&real.to_le_bytes());
        }
        self
    }

    /// Writes the frame.
    ///
    /// # Errors
    /// If it is too long, or cannot be written.
    pub fn write(&mut self, to: &mut impl Write) -> Result<(), FrameError> {
        let length = self.0.len().saturating_sub(HEADER);
        if length > MOST_BYTES {
            return Err(FrameError::TooLong(length));
        }
        // MOST_BYTES is less than 2^32.
        self.0[..4].copy_from_slice(&(length as u32).to_le_bytes());
        Ok(to.write_all(&self.0)?)
    }
}

/// Reads a frame: its payload into `payload`. Gives its kind.
///
/// # Errors
/// If there is none.
pub fn read(from: &mut impl Read, payload: &mut Vec<u8>) -> Result<u8, FrameError> {
    let ended = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => FrameError::Ended,
        _ => FrameError::Io(error),
    };
    let mut header = [0; HEADER];
    from.read_exact(&mut header).map_err(ended)?;
    let [a, b, c, d, kind] = header;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length > MOST_BYTES {
        return Err(FrameError::TooLong(length));
    }
    payload.resize(length, 0);
    from.read_exact(payload).map_err(ended)?;
    Ok(kind)
}

/// A payload that is read from its beginning.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a>(&'a [u8]);

impl<'a> Incoming<'a> {
    /// At the beginning of `payload`.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    /// The next `count` bytes; `None` if there are fewer.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    /// The next number.
    pub fn number(&mut self) -> Option<u32> {
        let bytes = self.bytes(4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    /// The next `count` real numbers; `None` if there are fewer.
    pub fn reals(&mut self, count: usize) -> Option<impl Iterator<Item = f64> + use<'a>> {
        let bytes = self.bytes(count.checked_mul(8)?)?;
        let (numbers, _) = bytes.as_chunks::<8>();
        Some(numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)))
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time, as a pipe may.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len());
            (&mut self.0).take(count as u64).read(buffer)
        }
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in(
            frames in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..300)), 0..6),
            step in 1usize..50,
        ) {
            let mut pipe = Vec::new();
            let mut outgoing = Outgoing::default();
            for (kind, payload) in &frames {
                outgoing.begin(*kind).bytes(payload).write(&mut pipe).unwrap();
            }
            let mut slow = Slow(&pipe, step);
            let mut read_back = Vec::new();
            for (kind, payload) in &frames {
                prop_assert_eq!(read(&mut slow, &mut read_back).unwrap(), *kind);
                prop_assert_eq!(&read_back, payload);
            }
            prop_assert!(matches!(read(&mut slow, &mut read_back), Err(FrameError::Ended)));
        }

        #[test]
        fn a_frame_that_is_cut_off_is_no_frame(
            payload in prop::collection::vec(any::<u8>(), 0..100),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut pipe = Vec::new();
            Outgoing::default().begin(b'S').bytes(&payload).write(&mut pipe).unwrap();
            let cut = cut.index(pipe.len());
            let read = read(&mut &pipe[..cut], &mut Vec::new());
            prop_assert!(matches!(read, Err(FrameError::Ended)));
        }

        #[test]
        fn any_bytes_are_a_frame_or_refused_and_never_more_than_the_most(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut payload = Vec::new();
            match read(&mut &bytes[..], &mut payload) {
                Ok(_) => prop_assert_eq!(payload.len() + HEADER <= bytes.len(), true),
                Err(FrameError::TooLong(length)) => prop_assert!(length > MOST_BYTES),
                Err(error) => prop_assert!(matches!(error, FrameError::Ended)),
            }
        }

        #[test]
        fn numbers_come_out_as_they_went_in_and_no_more_of_them(
            numbers in prop::collection::vec(any::<u32>(), 0..9),
            reals in prop::collection::vec(any::<f32>(), 0..9),
        ) {
            let mut outgoing = Outgoing::default();
            outgoing.begin(b'S');
            for number in &numbers {
                outgoing.number(*number);
            }
            outgoing.reals(&reals);
            let mut incoming = Incoming::new(&outgoing.0[HEADER..]);
            for number in &numbers {
                prop_assert_eq!(incoming.number(), Some(*number));
            }
            prop_assert_eq!(incoming.left(), 4 * reals.len());
            prop_assert!(incoming.reals(reals.len() + 1).is_none());
        }
    }

    #[test]
    fn what_is_too_long_is_not_written() {
        let mut outgoing = Outgoing::default();
        outgoing.begin(b'S').bytes(&vec![0; MOST_BYTES + 1]);
        let written = outgoing.write(&mut Vec::new());
        assert!(matches!(written, Err(FrameError::TooLong(_))));
    }
}
