//! What a decode worker may do: compute, and speak over the pipes it was born with.
//!
//! A limit of memory, which no picture can talk it out of, and two walls. Landlock (Linux 5.13 and later) takes away files and network; where the kernel has none,
//! seccomp stands alone. Seccomp allows the system calls that memory, threads' end and pipes need;
//! any other ends the process at once with `SIGSYS`.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

/// Why the sandbox could not be closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
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

/// The most memory a worker may take for data, in bytes. Asked for more, it dies.
///
/// Measured: both slots with 4K H.265 of 10 bits and 6 reference pictures take 584 MB, with 4K H.264
/// of 5 reference pictures 279 MB, and the 90 libraries under libavcodec are no data.
const MOST_MEMORY: u64 = 1 << 30;

/// Limits the memory of this process for good.
///
/// # Errors
///
/// If the kernel refuses.
pub(crate) fn limit_memory() -> Result<(), SandboxError> {
    // A lower limit may be set already, by who started us.
    let now = getrlimit(Resource::Data);
    let least = |limit: Option<u64>| Some(limit.map_or(MOST_MEMORY, |set| set.min(MOST_MEMORY)));
    let limits = Rlimit { current: least(now.current), maximum: least(now.maximum) };
    Ok(setrlimit(Resource::Data, limits)?)
}

/// Closes the sandbox for good, for all threads of this process.
///
/// # Errors
///
/// If the kernel refuses. The worker must then not decode anything.
pub(crate) fn close() -> Result<(), SandboxError> {
    let newest = ABI::V6;
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(newest))?
        .handle_access(AccessNet::from_all(newest))?
        .scope(Scope::from_all(newest))?
        .create()?
        .restrict_self()?;
    let processor: TargetArch = std::env::consts::ARCH.try_into()?;
    let rules: BTreeMap<i64, Vec<_>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let filter =
        SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, processor)?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter_all_threads(&program)?;
    Ok(())
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

    /// Runs [`child`] in a process of its own and tells which signal ended it.
    fn tried(what: &str) -> Option<i32> {
        let this = std::env::current_exe().unwrap();
        let child = "sandbox::tests::child";
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
        super::close().unwrap();
        match what.as_str() {
            "file" => drop(std::fs::read("/etc/hostname")),
            "network" => drop(std::net::TcpStream::connect("127.0.0.1:9")),
            "program" => drop(Command::new("/bin/true").output()),
            "compute" => drop(vec![1_u8; 8 << 20]),
            other => panic!("{other}?"),
        }
        std::process::exit(0);
    }
}
