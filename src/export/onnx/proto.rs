//! The few messages of ONNX that a feed-forward policy needs, in the wire format of
//! Protocol Buffers: fields of numbers and of bytes, each with its number.

/// A message under construction.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

/// Element types of tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Float = 1,
    Int64 = 7,
    Double = 11,
}

/// The size of a dimension.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dim {
    /// Any number of rows.
    Rows,
    Of(usize),
}

impl Message {
    pub fn new() -> Self {
        Self::default()
    }

    /// The message, encoded.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// With a field of a number.
    pub fn number(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    /// With a field of bytes.
    pub fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// With a field of text.
    pub fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    /// With a field of a message.
    pub fn message(self, field: u64, inner: Message) -> Self {
        self.bytes(field, &inner.0)
    }

    /// With fields of messages.
    pub fn messages(self, field: u64, inner: impl IntoIterator<Item = Message>) -> Self {
        inner
            .into_iter()
            .fold(self, |all, one| all.message(field, one))
    }

    /// Seven bits a byte, the lowest first, of which all but the last have the eighth.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// A `NodeProto`.
pub(super) fn node(operator: &str, inputs: &[&str], output: &str, ints: &[(&str, i64)]) -> Message {
    let named = inputs
        .iter()
        .fold(Message::new(), |m, input| m.text(1, input));
    let attributes = ints.iter().map(|(name, value)| {
        // Of type INT.
        let attribute = Message::new().text(1, name).number(3, *value as u64);
        attribute.number(20, 2)
    });
    let node = named.text(2, output).text(3, output).text(4, operator);
    node.messages(5, attributes)
}

/// A `TensorProto` of numbers in their bytes, little endian.
pub(super) fn tensor(name: &str, element: Element, shape: &[usize], raw: &[u8]) -> Message {
    let sizes = shape.iter();
    let shaped = sizes.fold(Message::new(), |m, size| m.number(1, *size as u64));
    shaped.number(2, element as u64).text(8, name).bytes(9, raw)
}

/// A `ValueInfoProto`.
pub(super) fn value(name: &str, element: Element, shape: &[Dim]) -> Message {
    let dims = shape.iter().map(|dim| match dim {
        Dim::Rows => Message::new().text(2, "rows"),
        Dim::Of(size) => Message::new().number(1, *size as u64),
    });
    let shape = Message::new().messages(1, dims);
    let tensor = Message::new().number(1, element as u64).message(2, shape);
    Message::new()
        .text(1, name)
        .message(2, Message::new().message(1, tensor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_encoded_as_the_format_says() {
        // The example of the format's own description: field 1 with 150.
        assert_eq!(
            Message::new().number(1, 150).into_bytes(),
            [0x08, 0x96, 0x01]
        );
        let text = Message::new().text(2, "testing").into_bytes();
        assert_eq!(text, b"\x12\x07testing");
        let inner = Message::new().number(1, 150);
        assert_eq!(
            Message::new().message(3, inner).into_bytes(),
            b"\x1a\x03\x08\x96\x01"
        );
        let negative = Message::new().number(1, -1i64 as u64).into_bytes();
        assert_eq!(negative.len(), 11, "ten bytes of seven bits");
    }
}
