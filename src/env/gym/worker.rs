//! The process in which environments of Gymnasium are stepped.
//!
//! One request, one reply: neither side ever waits for room in a pipe that the other
//! does not empty, and nothing can deadlock. Whatever goes wrong ends the process, with
//! all that it has started.

use std::io::{self, BufReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::frame::{self, FrameError, Outgoing};
use crate::env::about::{About, MadeWith};

/// What the process runs.
const SOURCE: &str = include_str!("worker.py");

/// How long it may take to import what the environment needs, in seconds.
const SECONDS_TO_GREET: u64 = 300;

/// How long it may take to close its environments.
const TO_END: Duration = Duration::from_secs(5);

/// Bytes of standard error that are kept.
const KEPT: usize = 64 << 10;

/// Lines of it that a message shows.
const SHOWN: usize = 20;

/// Bytes that a pipe with room takes at once, whatever its size.
const AT_ONCE: usize = 4096;

/// Which Python is started, and how patient we are with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// The program: a name that is looked for in `PATH`, or a path.
    pub python: String,
    /// Seconds within which a request must be answered, at least 1.
    pub seconds: u64,
}

impl Default for Interpreter {
    fn default() -> Self {
        Self {
            python: "python3".to_owned(),
            seconds: 60,
        }
    }
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// What was asked for makes no sense; nothing was made.
    #[error("{0}")]
    Refused(String),
    /// It went wrong; the process has been ended.
    #[error("{0}")]
    Failed(String),
}

/// The process. Dropped, it ends.
pub struct Worker {
    child: Child,
    requests: Option<Pipe<ChildStdin>>,
    replies: BufReader<Pipe<ChildStdout>>,
    errors: Errors,
    seconds: u64,
    outgoing: Outgoing,
    payload: Vec<u8>,
    /// Why it can be asked no more.
    ended: Option<String>,
}

impl Worker {
    /// Starts a process, in which the environment `id` is made as `asked`; what that
    /// says of itself.
    ///
    /// # Errors
    /// If Python, Gymnasium or the environment cannot be had, or is not one that can be
    /// trained on.
    pub fn start(
        interpreter: &Interpreter,
        id: &str,
        asked: &MadeWith,
    ) -> Result<(Self, About), Problem> {
        let mut command = Command::new(&interpreter.python);
        command.args(["-c", SOURCE]).process_group(0);
        command.env("PYTHONHASHSEED", "0");
        // Sums in another order have other bits, and copies have a core already.
        for name in ["OMP", "OPENBLAS", "MKL"] {
            command.env(format!("{name}_NUM_THREADS"), "1");
        }
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| Problem::Refused(no_python(interpreter, &error)))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(requests), Some(replies), Some(errors)) = pipes else {
            return Err(Problem::Failed("a process without pipes".to_owned()));
        };
        let mut worker = Self {
            child,
            requests: Some(Pipe::new(requests)),
            replies: BufReader::with_capacity(64 << 10, Pipe::new(replies)),
            errors: Errors::drain(errors),
            seconds: SECONDS_TO_GREET,
            outgoing: Outgoing::default(),
            payload: Vec::new(),
            ended: None,
        };
        let greeting = serde_json::json!({
            "id": id, "args": asked.args, "time_limit": asked.time_limit
        });
        let greeting = greeting.to_string();
        let said = worker.ask(b'H', b'A', |request| {
            request.bytes(greeting.as_bytes());
        })?;
        let about = serde_json::from_slice(said)
            .map_err(|error| Problem::Failed(format!("what it says of itself: {error}")))?;
        worker.seconds = interpreter.seconds.max(1);
        Ok((worker, about))
    }

    /// Makes a request of the kind `kind`, filled by `fill`; the payload of its reply,
    /// which must be of the kind `expected`.
    ///
    /// # Errors
    /// If there is no such reply in time. But for what is refused, the process has been
    /// ended then.
    pub fn ask(
        &mut self,
        kind: u8,
        expected: u8,
        fill: impl FnOnce(&mut Outgoing),
    ) -> Result<&[u8], Problem> {
        if let Some(problem) = &self.ended {
            return Err(Problem::Failed(problem.clone()));
        }
        fill(self.outgoing.begin(kind));
        match self.exchange() {
            Ok(kind) if kind == expected => Ok(&self.payload),
            Ok(b'X') => Err(Problem::Refused(self.text())),
            Ok(b'E') => {
                let said = self.text();
                Err(self.fail(said))
            }
            Ok(kind) => Err(self.fail(format!(
                "a reply of the kind {kind} came where {expected} was expected"
            ))),
            Err(FrameError::Ended) => Err(self.fail_ended()),
            Err(FrameError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(self.fail_ended())
            }
            Err(FrameError::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
                let seconds = self.seconds;
                Err(self.fail(format!(
                    "no reply within {seconds} s; if it is that slow, raise --env-timeout"
                )))
            }
            Err(error) => Err(self.fail(error.to_string())),
        }
    }

    /// Ends the process because of `problem`, for good.
    pub fn fail(&mut self, problem: String) -> Problem {
        self.kill();
        let problem = format!("{problem}{}", self.errors.shown());
        self.ended = Some(problem.clone());
        Problem::Failed(problem)
    }

    /// Sends the request and reads the reply; its kind.
    fn exchange(&mut self) -> Result<u8, FrameError> {
        let until = Instant::now() + Duration::from_secs(self.seconds);
        let requests = self.requests.as_mut().ok_or(FrameError::Ended)?;
        requests.begin(until);
        self.outgoing.write(requests)?;
        self.replies.get_mut().begin(until);
        frame::read(&mut self.replies, &mut self.payload)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }

    /// It is gone by itself.
    fn fail_ended(&mut self) -> Problem {
        // It may still be on its way.
        let until = Instant::now() + Duration::from_secs(1);
        while !self.is_dead() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        let how = match self.kill() {
            Some(status) => format!(" ({status})"),
            None => String::new(),
        };
        self.fail(format!("the process of the environment ended{how}"))
    }

    /// Whether it is dead; it stays there to be waited for, so that the number of its
    /// group is nobody else's.
    fn is_dead(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let id = WaitId::Pid(Pid::from_child(&self.child));
        !matches!(waitid(id, options), Ok(None))
    }

    /// Ends it and all that it has started; how it ended.
    fn kill(&mut self) -> Option<std::process::ExitStatus> {
        self.requests = None;
        if self.ended.is_none() {
            self.ended = Some("the process of the environment has ended".to_owned());
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        self.child.wait().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The end of its input asks it to close its environments.
        self.requests = None;
        if self.ended.is_none() {
            self.replies.get_mut().begin(Instant::now() + TO_END);
            let _ = io::copy(&mut self.replies, &mut io::sink());
        }
        self.kill();
    }
}

/// That Python cannot be started.
fn no_python(interpreter: &Interpreter, error: &io::Error) -> String {
    format!(
        "`{}` cannot be started ({error}); install Python 3, then \
         `python3 -m pip install gymnasium`, or name an interpreter that has it with --python or \
         the variable TRPO_LAB_PYTHON",
        interpreter.python
    )
}

/// One end of a pipe, which waits no longer than until a moment.
struct Pipe<F> {
    file: F,
    until: Instant,
    /// Whether nothing has been written since the other end had read everything.
    is_empty: bool,
}

impl<F: AsFd> Pipe<F> {
    fn new(file: F) -> Self {
        Self {
            file,
            until: Instant::now(),
            is_empty: true,
        }
    }

    /// An exchange begins, for which there is time `until` then.
    fn begin(&mut self, until: Instant) {
        self.until = until;
        self.is_empty = true;
    }

    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        wait(self.file.as_fd(), flags, self.until)
    }
}

fn wait(file: BorrowedFd<'_>, flags: PollFlags, until: Instant) -> io::Result<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec {
            tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(&mut [PollFd::from_borrowed_fd(file, flags)], Some(&left)) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

impl<F: AsFd + Read> Read for Pipe<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wait(PollFlags::IN)?;
        self.file.read(buffer)
    }
}

impl<F: AsFd + Write> Write for Pipe<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A pipe that says it has room has at least so much; more might wait for ever.
        if !std::mem::take(&mut self.is_empty) {
            self.wait(PollFlags::OUT)?;
        }
        self.file.write(&bytes[..bytes.len().min(AT_ONCE)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the process says on standard error, of which the end is kept.
struct Errors {
    kept: Arc<Mutex<Vec<u8>>>,
    /// Ends when the other end has been closed by everybody.
    at_end: Receiver<()>,
}

impl Errors {
    /// Reads `from` until its end.
    fn drain(mut from: ChildStderr) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (open, at_end) = mpsc::channel::<()>();
        let keep = Arc::clone(&kept);
        thread::spawn(move || {
            let _open = open;
            let mut buffer = vec![0; 8 << 10];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                let mut kept = keep.lock().unwrap_or_else(|e| e.into_inner());
                kept.extend_from_slice(&buffer[..count]);
                if kept.len() > 2 * KEPT {
                    let old = kept.len() - KEPT;
                    kept.drain(..old);
                }
            }
        });
        Self { kept, at_end }
    }

    /// Its last lines, as the end of a message about a process that has ended.
    fn shown(&self) -> String {
        // What it said last may still be in the pipe.
        let _ = self.at_end.recv_timeout(Duration::from_secs(1));
        let kept = self.kept.lock().unwrap_or_else(|e| e.into_inner());
        let text = String::from_utf8_lossy(&kept[kept.len().saturating_sub(KEPT)..]).into_owned();
        let lines: Vec<&str> = text.trim_end().lines().collect();
        let lines = &lines[lines.len().saturating_sub(SHOWN)..];
        match lines.is_empty() {
            true => String::new(),
            false => format!("; it last said:\n  {}", lines.join("\n  ")),
        }
    }
}
