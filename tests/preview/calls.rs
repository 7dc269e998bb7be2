//! Which system calls a plan may not make, read from a trace.

/// What strace is told to watch.
pub(crate) const WATCHED: &str = "trace=connect,sendto,sendmsg,bind,execve,execveat,open,openat,creat,\
     rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,chmod,fchmod,fchmodat,chown,\
     fchown,fchownat,link,linkat,symlink,symlinkat,truncate,ftruncate,utimensat,mknod,mknodat,kill";

const WRITING: [&str; 5] = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];

/// Returns the lines of a trace that show a call which a plan may not make.
pub(crate) fn forbidden(trace: &str) -> Vec<String> {
    let mut execs = 0;
    trace.lines().filter(|line| is_forbidden(line, &mut execs)).map(str::to_owned).collect()
}

fn is_forbidden(line: &str, execs: &mut u32) -> bool {
    let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let Some((name, rest)) = call.split_once('(') else { return false };
    match name {
        "execve" => {
            *execs += 1;
            *execs > 1
        }
        "open" | "openat" => WRITING.iter().any(|flag| rest.contains(flag)) && !is_harmless(rest),
        "ftruncate" => false,
        "fchmod" | "fchown" | "unlink" | "unlinkat" => !is_harmless(rest),
        _ => !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
    }
}

fn is_harmless(arguments: &str) -> bool {
    let named = arguments.split('"').nth(1);
    let path = named.or_else(|| arguments.split(['<', '>']).nth(1)).unwrap_or("");
    is_sqlites_own(path) || path == "/dev/null" || path == "/dev/tty"
}

/// Says whether SQLite may make this file beside a database that is only read.
pub(crate) fn is_sqlites_own(path: &str) -> bool {
    path.ends_with("-shm") || path.ends_with("-wal")
}

#[test]
fn a_call_that_writes_is_seen_and_one_that_looks_is_not() {
    let trace = "\
12 execve(\"/bin/cutover\", [\"cutover\"], 0x7ffc) = 0
12 openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3
12 openat(AT_FDCWD, \"/s/state.db-shm\", O_RDWR|O_CREAT|O_NOFOLLOW|O_CLOEXEC, 0600) = 4
12 fchown(4</s/state.db-shm>, 0, 0) = 0
12 fchown(5</s/state.db>, 0, 0) = 0
12 openat(AT_FDCWD, \"/s/state.db\", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 5
13 connect(6, {sa_family=AF_INET, sin_port=htons(80)}, 16) = 0
13 execve(\"/bin/true\", [\"true\"], 0x7ffc) = 0
13 rename(\"/a\", \"/b\") = 0
13 +++ exited with 0 +++
";
    let seen = forbidden(trace);
    assert_eq!(seen.len(), 5, "{seen:#?}");
}
