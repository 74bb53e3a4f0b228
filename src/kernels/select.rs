//! Which instructions the kernels use.

use std::sync::OnceLock;

/// Vector instructions for which the kernels are compiled. All give the same
/// bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// 512-bit vectors with fused multiply-add.
    Avx512,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// No assumption about the CPU: every fused multiply-add is a call, which
    /// makes it about a hundred times slower.
    Portable,
}

impl Instructions {
    /// All of them, fastest first.
    pub const ALL: [Instructions; 3] = [
        Instructions::Avx512,
        Instructions::Avx2,
        Instructions::Portable,
    ];

    /// `avx512`, `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        match self {
            Instructions::Avx512 => "avx512",
            Instructions::Avx2 => "avx2",
            Instructions::Portable => "portable",
        }
    }

    /// The kernel that uses them; `None` if this CPU lacks them.
    pub fn kernel(self) -> Option<Kernel> {
        let are_available = match self {
            Instructions::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && Instructions::Avx2.kernel().is_some()
            }
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => {
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        };
        are_available.then_some(Kernel(self))
    }
}

/// Instructions that this CPU has: the proof of it that kernels ask for. No
/// other code can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel(Instructions);

impl Kernel {
    /// The fastest that this CPU can run.
    pub fn best() -> Kernel {
        static BEST: OnceLock<Kernel> = OnceLock::new();
        *BEST.get_or_init(|| {
            let mut available = Kernel::available();
            available.next().unwrap_or(Kernel(Instructions::Portable))
        })
    }

    /// All that this CPU can run, fastest first.
    pub fn available() -> impl Iterator<Item = Kernel> {
        Instructions::ALL
            .into_iter()
            .filter_map(Instructions::kernel)
    }

    /// The instructions that it uses.
    pub fn instructions(self) -> Instructions {
        self.0
    }

    /// Their name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl Default for Kernel {
    fn default() -> Self {
        Self::best()
    }
}

/// Compiles a function once for all [`Instructions`] and calls the version of
/// the kernel that is its first argument.
macro_rules! kernel {
    (
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident<E: Real>(kernel: Kernel, $($arg:ident : $type:ty),* $(,)?)
            $(-> $result:ty)? $body:block
    ) => {
        // For the calls below, and nothing that a module writes itself.
        #[allow(unsafe_code)]
        $(#[$meta])*
        $visibility fn $name<E: Real>(
            kernel: $crate::kernels::Kernel,
            $($arg: $type),*
        ) $(-> $result)? {
            #[inline(always)]
            fn body<E: Real>($($arg: $type),*) $(-> $result)? {
                $body
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
            fn avx512<E: Real>($($arg: $type),*) $(-> $result)? {
                body::<E>($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2<E: Real>($($arg: $type),*) $(-> $result)? {
                body::<E>($($arg),*)
            }
            match kernel.instructions() {
                // SAFETY: there is a kernel only where the CPU has its features.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::Instructions::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::Instructions::Avx2 => unsafe { avx2($($arg),*) },
                _ => body::<E>($($arg),*),
            }
        }
    };
}

/// Runs `$body` for blocks of [`LANES`](super::LANES) numbers from `$at` on,
/// then for single ones; `$lanes` is a constant in it.
macro_rules! in_blocks {
    ($at:ident, $lanes:ident in 0..$count:expr => $body:block) => {{
        let (mut $at, count) = (0, $count);
        while $at + $crate::kernels::LANES <= count {
            const $lanes: usize = $crate::kernels::LANES;
            $body
            $at += $lanes;
        }
        while $at < count {
            const $lanes: usize = 1;
            $body
            $at += $lanes;
        }
    }};
}

/// The array of `$value` for every `$lane`. A closure for `array::from_fn`
/// might be compiled by itself, without the vector instructions of the kernel.
macro_rules! lanes {
    ($lane:ident => $value:expr) => {{
        let mut values = [E::ZERO; N];
        for $lane in 0..N {
            values[$lane] = $value;
        }
        values
    }};
}

pub(crate) use {in_blocks, kernel, lanes};
