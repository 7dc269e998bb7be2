//! Who typed the command, as the system knows them.

use std::fs;

use cutover_host::escape;

/// Where the system keeps the names of its users.
const USERS: &str = "/etc/passwd";

/// Returns the name of the user that this process runs as; the number where it has no name.
pub(crate) fn name() -> String {
    let uid = rustix::process::getuid().as_raw();
    let users = fs::read_to_string(USERS).unwrap_or_default();
    name_of(uid, &users)
}

fn name_of(uid: u32, users: &str) -> String {
    let found = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| escape(name).into_owned())
    });
    found.unwrap_or_else(|| format!("user {uid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_known_by_name_and_one_without_by_number() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\n\nana:x:1000:1000::/home/ana:/bin/sh\n:x:7:7::/:";
        assert_eq!(name_of(1000, users), "ana");
        assert_eq!(name_of(100, users), "user 100");
        assert_eq!(name_of(7, users), "user 7");
    }
}
