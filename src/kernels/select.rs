//! Which instructions run, chosen once.

use std::cell::Cell;
use std::sync::OnceLock;

/// Which instructions the kernels use. All give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// 512-bit vectors with fused multiply-add.
    Avx512,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// No assumption about the CPU: every fused multiply-add is a call, which
    /// makes it about a hundred times slower.
    Portable,
}

impl Kernel {
    /// All kernels, fastest first.
    pub const ALL: [Kernel; 3] = [Kernel::Avx512, Kernel::Avx2, Kernel::Portable];

    /// `avx512`, `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::Avx512 => "avx512",
            Kernel::Avx2 => "avx2",
            Kernel::Portable => "portable",
        }
    }

    /// Whether this CPU can run it.
    pub fn available(self) -> bool {
        match self {
            Kernel::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && Kernel::Avx2.available()
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The fastest kernel that this CPU can run.
    pub fn best() -> Kernel {
        let available = Kernel::ALL.into_iter().find(|kernel| kernel.available());
        available.unwrap_or(Kernel::Portable)
    }

    /// Makes this the kernel of the whole process from now on. Gives whether
    /// that could be done: the CPU must have it, and no other may have been
    /// selected before.
    pub fn select(self) -> bool {
        self.available() && *SELECTED.get_or_init(|| self) == self
    }

    /// The kernel in use on this thread: the forced one, or else the selected
    /// one, or else the best.
    pub fn current() -> Kernel {
        FORCED
            .get()
            .unwrap_or_else(|| *SELECTED.get_or_init(Kernel::best))
    }

    /// Runs `work` with this kernel on the present thread.
    ///
    /// # Panics
    /// If the CPU lacks it.
    pub fn force<R>(self, work: impl FnOnce() -> R) -> R {
        assert!(self.available(), "this CPU lacks {}", self.name());
        let before = FORCED.replace(Some(self));
        let result = work();
        FORCED.set(before);
        result
    }
}

static SELECTED: OnceLock<Kernel> = OnceLock::new();

thread_local! {
    static FORCED: Cell<Option<Kernel>> = const { Cell::new(None) };
}

/// Compiles a function once for every [`Kernel`] and calls the current one.
macro_rules! kernel {
    (
        $(#[$meta:meta])*
        pub fn $name:ident<E: Real>($($arg:ident : $type:ty),* $(,)?) $(-> $result:ty)? $body:block
    ) => {
        $(#[$meta])*
        pub fn $name<E: Real>($($arg: $type),*) $(-> $result)? {
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
            match Kernel::current() {
                // SAFETY: a kernel is current only if the CPU has its features.
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => unsafe { avx2($($arg),*) },
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
