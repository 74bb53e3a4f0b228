//! The shape of a network.

use crate::activation::Activation;
use crate::kernels::LANES;

/// Layers with up to this many outputs sum over the lanes of their inputs.
const NARROW: usize = 8;

/// Sizes of a fully connected network, and where its parameters stand in the
/// flat vector theta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    layers: Vec<Layer>,
    activation: Activation,
    free_outputs: usize,
}

/// The hidden layers of a network: from sizes alone, with tanh between them.
#[derive(Debug, Clone, Copy)]
pub struct Hidden<'a> {
    /// Their sizes; none: the network is linear.
    pub sizes: &'a [usize],
    /// What is applied to what each gives.
    pub activation: Activation,
}

impl<'a> From<&'a [usize]> for Hidden<'a> {
    fn from(sizes: &'a [usize]) -> Self {
        Self {
            sizes,
            activation: Activation::default(),
        }
    }
}

impl<'a> From<&'a Vec<usize>> for Hidden<'a> {
    fn from(sizes: &'a Vec<usize>) -> Self {
        sizes.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [usize; N]> for Hidden<'a> {
    fn from(sizes: &'a [usize; N]) -> Self {
        sizes.as_slice().into()
    }
}

/// One layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// Where its weights \[inputs\]\[outputs\] begin in theta; its biases
    /// follow them.
    pub offset: usize,
    /// Whether its few outputs are computed by [`crate::kernels::dots`], its
    /// weights packed \[outputs\]\[inputs\]. Never the first layer, whose
    /// inputs are not padded.
    pub(super) is_narrow: bool,
}

impl Layer {
    /// Where its biases begin in theta.
    pub fn bias_offset(&self) -> usize {
        self.offset + self.inputs * self.outputs
    }

    /// Number of its parameters.
    pub fn parameters(&self) -> usize {
        (self.inputs + 1) * self.outputs
    }
}

/// Distance between rows of `width` elements.
pub(super) fn stride(width: usize) -> usize {
    width.next_multiple_of(LANES)
}

impl Architecture {
    /// A network from `inputs` through the layers `hidden` to `outputs`, to every row of which `free_outputs` parameters are appended
    /// that do not depend on the input (the logarithm of a standard
    /// deviation).
    pub fn new<'a>(
        inputs: usize,
        hidden: impl Into<Hidden<'a>>,
        outputs: usize,
        free_outputs: usize,
    ) -> Self {
        let Hidden { sizes, activation } = hidden.into();
        let mut layers = Vec::with_capacity(sizes.len() + 1);
        let (mut inputs, mut offset) = (inputs, 0);
        for &outputs in sizes.iter().chain([&outputs]) {
            layers.push(Layer {
                inputs,
                outputs,
                offset,
                is_narrow: !layers.is_empty() && outputs <= NARROW,
            });
            offset += (inputs + 1) * outputs;
            inputs = outputs;
        }
        Self {
            layers,
            activation,
            free_outputs,
        }
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What is applied to what each layer but the last gives.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Width of an input row.
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    /// Width of what the last layer gives.
    pub fn head(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }

    /// Outputs that do not depend on the input.
    pub fn free_outputs(&self) -> usize {
        self.free_outputs
    }

    /// Width of an output row: head, then free outputs.
    pub fn outputs(&self) -> usize {
        self.head() + self.free_outputs
    }

    /// Where the free outputs begin in theta.
    pub fn free_offset(&self) -> usize {
        let last = self.layers[self.layers.len() - 1];
        last.bias_offset() + last.outputs
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.free_offset() + self.free_outputs
    }
}
