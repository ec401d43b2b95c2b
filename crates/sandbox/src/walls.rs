//! What a worker may do: compute, and speak over the pipes it was born with.
//!
//! A limit of memory, which nothing it reads can talk it out of, and two walls. Landlock (Linux 5.13 and later) takes away files and network; where the kernel has none,
//! seccomp stands alone. Seccomp allows the system calls that memory, threads' end and pipes need;
//! any other ends the process at once with `SIGSYS`.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

/// Why the sandbox could not be closed: its worker must not read anything then.
#[derive(Debug, thiserror::Error)]
pub enum WallsError {
    /// Landlock exists, but refused.
    #[error("landlock refused")]
    Landlock(#[from] landlock::RulesetError),
    /// The filter is wrong or the kernel has no seccomp.
    #[error("seccomp refused")]
    Seccomp(#[from] seccompiler::Error),
    /// The limit of memory was refused.
    #[error("no limit of memory")]
    Memory(#[from] rustix::io::Errno),
    /// No list of system calls for this processor.
    #[error("no system call filter for this processor")]
    Processor(#[from] seccompiler::BackendError),
}

/// How much room a worker has.
#[derive(Clone, Copy, Debug)]
pub struct Walls {
    /// The most memory for data, in bytes. Asked for more, it dies.
    pub memory: u64,
    /// Whether it may start threads.
    pub threads: bool,
}

impl Walls {
    /// Closes the sandbox for good, for all threads of this process. Call it before anything is read.
    ///
    /// # Errors
    ///
    /// If the kernel refuses.
    pub fn close(self) -> Result<(), WallsError> {
        self.limit_memory()?;
        let newest = ABI::V6;
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(newest))?
            .handle_access(AccessNet::from_all(newest))?
            .scope(Scope::from_all(newest))?
            .create()?
            .restrict_self()?;
        let processor: TargetArch = std::env::consts::ARCH.try_into()?;
        let more = if self.threads { THREADS } else { &[] };
        let rules: BTreeMap<i64, Vec<_>> =
            ALLOWED.iter().chain(more).map(|call| (*call, Vec::new())).collect();
        let filter =
            SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, processor)?;
        let program: BpfProgram = filter.try_into()?;
        seccompiler::apply_filter_all_threads(&program)?;
        Ok(())
    }

    fn limit_memory(self) -> Result<(), WallsError> {
        // A lower limit may be set already, by who started us.
        let now = getrlimit(Resource::Data);
        let least =
            |limit: Option<u64>| Some(limit.map_or(self.memory, |set| set.min(self.memory)));
        let limits = Rlimit { current: least(now.current), maximum: least(now.maximum) };
        Ok(setrlimit(Resource::Data, limits)?)
    }
}

/// Found by running the decoders under `strace`, with what glibc may choose instead on other versions
/// and processors.
const ALLOWED: &[i64] = &[
    // pipes
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    // memory
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_madvise,
    // locks, time, chance
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    // signals and the end
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
];

/// What glibc needs to start threads and end them.
const THREADS: &[i64] = &[
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_prctl,
    libc::SYS_sched_setaffinity,
];

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    /// Names what the child of a test is to try once the sandbox is closed.
    const TRY: &str = "WATCHPOST_SANDBOX_TRY";

    #[test]
    fn a_worker_that_opens_a_file_is_ended() {
        assert_eq!(tried("file"), Some(libc::SIGSYS));
    }

    #[test]
    fn a_worker_that_connects_is_ended() {
        assert_eq!(tried("network"), Some(libc::SIGSYS));
    }

    #[test]
    fn a_worker_that_starts_a_program_is_ended() {
        assert_eq!(tried("program"), Some(libc::SIGSYS));
    }

    #[test]
    fn a_worker_that_only_computes_lives() {
        assert_eq!(tried("compute"), None);
    }

    #[test]
    fn a_worker_starts_threads_only_if_it_may() {
        assert_eq!(tried("thread"), Some(libc::SIGSYS));
        assert_eq!(tried("threads"), None);
    }

    #[test]
    fn a_worker_that_takes_too_much_memory_is_ended() {
        // By its own hand, or by what it then tries to tell of it.
        assert!(matches!(tried("memory"), Some(libc::SIGABRT | libc::SIGSYS)));
    }

    /// Runs [`child`] in a process of its own and tells which signal ended it.
    fn tried(what: &str) -> Option<i32> {
        let this = std::env::current_exe().unwrap();
        let child = "walls::tests::child";
        let mut command = Command::new(this);
        command.args(["--exact", child, "--nocapture", "--test-threads=1"]).env(TRY, what);
        let output = command.output().unwrap();
        assert!(output.status.signal().is_some() || output.status.success(), "{output:?}");
        output.status.signal()
    }

    /// Does nothing unless [`tried`] started this process.
    #[test]
    fn child() {
        let Ok(what) = std::env::var(TRY) else { return };
        let threads = what == "threads";
        super::Walls { memory: 64 << 20, threads }.close().unwrap();
        match what.as_str() {
            "file" => drop(std::fs::read("/etc/hostname")),
            "network" => drop(std::net::TcpStream::connect("127.0.0.1:9")),
            "program" => drop(Command::new("/bin/true").output()),
            "compute" => drop(vec![1_u8; 8 << 20]),
            "thread" | "threads" => drop(std::thread::spawn(|| vec![1_u8; 1 << 20]).join()),
            "memory" => drop(vec![1_u8; 80 << 20]),
            other => panic!("{other}?"),
        }
        std::process::exit(0);
    }
}
