//! A file that knows whether it is whole: what surrounds the content of a
//! checkpoint.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `trpo-lab` |
//! | 4 | version of this layout, little endian |
//! | 8 | length of the payload in bytes, little endian |
//! | 32 | BLAKE3 of the payload |
//! | the rest | the payload |
//!
//! What the payload holds is no business of the frame, but for the version, which
//! is raised when checkpoints change their form.

/// What a frame begins with.
const MAGIC: [u8; 8] = *b"trpo-lab";

/// Version of the layout, and of what checkpoints hold.
const VERSION: u32 = 3;

/// Bytes before the payload.
const HEADER: usize = 8 + 4 + 8 + 32;

/// A file that is not one whole frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It begins otherwise, or is shorter than any frame.
    #[error("it does not begin like a checkpoint")]
    Foreign,
    /// It has another layout.
    #[error("its layout has version {0}, this program reads {VERSION}")]
    Version(u32),
    /// It was cut off, or something was appended.
    #[error("it holds {found} bytes where it should hold {expected}")]
    Length {
        /// Bytes of payload that are there.
        found: u64,
        /// Bytes of payload that the header promises.
        expected: u64,
    },
    /// A byte of the payload changed.
    #[error("its content does not have its digest")]
    Digest,
}

/// The frame around what `write` appends to the bytes that it is given.
pub fn framed<E>(write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<Vec<u8>, E> {
    let mut bytes = vec![0; HEADER];
    write(&mut bytes)?;
    let payload = &bytes[HEADER..];
    let header = [
        &MAGIC[..],
        &VERSION.to_le_bytes(),
        &(payload.len() as u64).to_le_bytes(),
        blake3::hash(payload).as_bytes(),
    ]
    .concat();
    bytes[..HEADER].copy_from_slice(&header);
    Ok(bytes)
}

/// The payload of a whole frame.
pub fn payload(bytes: &[u8]) -> Result<&[u8], FrameError> {
    let (magic, rest) = take::<8>(bytes)?;
    if magic != MAGIC {
        return Err(FrameError::Foreign);
    }
    let (version, rest) = take::<4>(rest)?;
    let version = u32::from_le_bytes(version);
    if version != VERSION {
        return Err(FrameError::Version(version));
    }
    let (length, rest) = take::<8>(rest)?;
    let (digest, payload) = take::<32>(rest)?;
    let (found, expected) = (payload.len() as u64, u64::from_le_bytes(length));
    if found != expected {
        return Err(FrameError::Length { found, expected });
    }
    if blake3::hash(payload) != blake3::Hash::from_bytes(digest) {
        return Err(FrameError::Digest);
    }
    Ok(payload)
}

/// The first `N` bytes, and the others.
fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), FrameError> {
    let (first, rest) = bytes.split_first_chunk().ok_or(FrameError::Foreign)?;
    Ok((*first, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Vec<u8> {
        let write = |bytes: &mut Vec<u8>| -> Result<(), ()> {
            bytes.extend_from_slice(b"some content");
            Ok(())
        };
        framed(write).unwrap()
    }

    #[test]
    fn a_whole_frame_gives_its_payload() {
        assert_eq!(payload(&frame()).unwrap(), b"some content");
    }

    #[test]
    fn every_cut_every_flipped_bit_and_every_further_byte_is_noticed() {
        let whole = frame();
        for end in 0..whole.len() {
            assert!(payload(&whole[..end]).is_err(), "cut at {end}");
        }
        for bit in 0..8 * whole.len() {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(payload(&changed).is_err(), "bit {bit}");
        }
        let longer = [&whole[..], b"x"].concat();
        let (found, expected) = (13, 12);
        assert_eq!(
            payload(&longer),
            Err(FrameError::Length { found, expected })
        );
    }
}
