//! Files of events as TensorBoard reads them: TFRecord frames around the few
//! fields of the protocol buffers that scalars need.
//!
//! A frame is the length of its data (8 bytes), a checksum of the length, the
//! data, a checksum of the data; all little-endian, checksums masked CRC32C.

/// The polynomial of CRC32C (Castagnoli), reflected.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// Scalars at one step of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Environment steps.
    pub step: u64,
    /// Seconds.
    pub wall_time: f64,
    /// Tags and values; TensorBoard keeps values in single precision.
    pub scalars: Vec<(String, f64)>,
}

/// A whole file of events.
pub fn file(events: &[Event]) -> Vec<u8> {
    let table = table();
    let mut out = Vec::new();
    // Event.file_version: without it TensorBoard assumes an older format.
    let mut version = Vec::new();
    fixed64(&mut version, 1, 0.0);
    bytes(&mut version, 3, b"brain.Event:2");
    frame(&mut out, &version, &table);
    for event in events {
        frame(&mut out, &message(event), &table);
    }
    out
}

/// `Event { wall_time, step, summary { value { tag, simple_value } } }`.
fn message(event: &Event) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, scalar) in &event.scalars {
        let mut value = Vec::new();
        bytes(&mut value, 1, tag.as_bytes());
        fixed32(&mut value, 2, *scalar as f32);
        bytes(&mut summary, 1, &value);
    }
    let mut out = Vec::new();
    fixed64(&mut out, 1, event.wall_time);
    key(&mut out, 2, 0);
    varint(&mut out, event.step);
    bytes(&mut out, 5, &summary);
    out
}

fn frame(out: &mut Vec<u8>, data: &[u8], table: &[u32; 256]) {
    let length = (data.len() as u64).to_le_bytes();
    out.extend(length);
    out.extend(masked(crc32c(&length, table)).to_le_bytes());
    out.extend(data);
    out.extend(masked(crc32c(data, table)).to_le_bytes());
}

/// A checksum of data that may hold checksums itself.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

fn crc32c(data: &[u8], table: &[u32; 256]) -> u32 {
    !data.iter().fold(!0, |crc, &byte| {
        (crc >> 8) ^ table[((crc ^ u32::from(byte)) & 0xff) as usize]
    })
}

/// The remainder of every byte.
fn table() -> [u32; 256] {
    std::array::from_fn(|byte| {
        (0..8).fold(byte as u32, |crc, _| match crc & 1 {
            1 => (crc >> 1) ^ POLYNOMIAL,
            _ => crc >> 1,
        })
    })
}

/// The key of a field: its number and how its value is written.
fn key(out: &mut Vec<u8>, field: u64, wire_type: u64) {
    varint(out, field << 3 | wire_type);
}

/// Seven bits a byte, the lowest first; the high bit says that more follow.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn fixed64(out: &mut Vec<u8>, field: u64, value: f64) {
    key(out, field, 1);
    out.extend(value.to_le_bytes());
}

fn fixed32(out: &mut Vec<u8>, field: u64, value: f32) {
    key(out, field, 5);
    out.extend(value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    key(out, field, 2);
    varint(out, value.len() as u64);
    out.extend(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the CRC catalogue, and an example of RFC 3720, B.4.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32c(b"123456789", &table()), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32], &table()), 0x8a91_36aa);
        assert_eq!(masked(0), 0xa282_ead8);
    }

    /// Bytes worked out by hand from the definitions of the messages.
    #[test]
    fn an_event_has_the_fields_of_the_protocol() {
        let event = Event {
            step: 300,
            wall_time: 1.0,
            scalars: vec![("a".to_owned(), 0.5)],
        };
        let expected = [
            &[0x09][..],
            &1f64.to_le_bytes(),
            &[0x10, 0xac, 0x02], // step: 300 = 0b10_0101100
            &[0x2a, 10, 0x0a, 8, 0x0a, 1, b'a', 0x15],
            &0.5f32.to_le_bytes(),
        ]
        .concat();
        assert_eq!(message(&event), expected);
    }

    #[test]
    fn a_file_is_frames_with_their_checksums() {
        let bytes = file(&[]);
        let data = &bytes[12..bytes.len() - 4];
        assert_eq!(bytes[..8], (data.len() as u64).to_le_bytes());
        let check = |data: &[u8]| masked(crc32c(data, &table())).to_le_bytes();
        assert_eq!(bytes[8..12], check(&bytes[..8]));
        assert_eq!(bytes[bytes.len() - 4..], check(data));
        assert!(data.ends_with(b"\x1a\x0dbrain.Event:2"));
    }
}
