//! What calls `cutover tick` again and again: a systemd service with its timer, or a cron line.

use crate::typed::quoted;

/// What a timer calls, everything absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The program.
    pub(crate) program: String,
    /// The folder with the workflows.
    pub(crate) folder: String,
    /// The state; none in the sandbox, which has its own.
    pub(crate) state: Option<String>,
    /// The working folder: relative paths in workflows start there.
    pub(crate) cwd: String,
    /// The `PATH` in which programs are found.
    pub(crate) path: String,
}

impl Call {
    fn words(&self) -> Vec<&str> {
        let mut words = vec![self.program.as_str(), "tick", &self.folder];
        match &self.state {
            Some(state) => words.extend(["--state", state]),
            None => words.push("--sandbox"),
        }
        words
    }
}

/// Returns the service.
pub(crate) fn service(call: &Call) -> String {
    let command: Vec<String> = call.words().into_iter().map(word).collect();
    let (folder, cwd) = (specifiers(&call.folder), specifiers(&call.cwd));
    format!(
        "\
[Unit]
Description=Cutover: everything that is due in {folder}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command}
WorkingDirectory={cwd}
Environment={environment}
# Where secret inputs are `from: {{env: NAME}}`: a file of 0600 with NAME=value lines.
#EnvironmentFile=
# A run that waits for a person or a time is no failure of this service.
SuccessExitStatus=4
# The first signal lets what is being written end; nothing else is told to stop before that.
KillMode=mixed
TimeoutStopSec=10min
LimitCORE=0
OOMPolicy=continue
# Where no step needs sudo:
#NoNewPrivileges=yes
#RestrictSUIDSGID=yes
#LockPersonality=yes
",
        command = command.join(" "),
        // Only a command expands `$`.
        environment = word(&format!("PATH={}", call.path)).replace("$$", "$"),
    )
}

/// Returns the timer of the service.
pub(crate) fn timer(call: &Call) -> String {
    format!(
        "\
[Unit]
Description=Cutover: looks every five minutes for what is due in {folder}

[Timer]
OnCalendar=*:0/5
# What was missed while the machine was off is made up for, once.
Persistent=true
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
",
        folder = specifiers(&call.folder),
    )
}

/// Returns the line of a crontab. It says something only where something went wrong, so that cron
/// sends mail only then.
pub(crate) fn cron_line(call: &Call) -> String {
    let words: Vec<String> = call.words().into_iter().map(quoted).collect();
    let line = format!(
        "*/5 * * * * cd {} && PATH={} {} --quiet\n",
        quoted(&call.cwd),
        quoted(&call.path),
        words.join(" ")
    );
    // A percent sign ends the command of a crontab's line.
    line.replace('%', "\\%")
}

/// A word of a unit's command: quoted, and nothing in it expanded.
fn word(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
    format!("\"{}\"", specifiers(&escaped))
}

/// A percent sign begins a specifier.
fn specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn call() -> Call {
        Call {
            program: "/usr/local/bin/cutover".to_owned(),
            folder: "/srv/rotations".to_owned(),
            state: Some("/var/lib/cutover/state.db".to_owned()),
            cwd: "/srv".to_owned(),
            path: "/usr/local/bin:/usr/bin:/bin".to_owned(),
        }
    }

    #[test]
    fn a_service_names_everything_by_its_absolute_path() {
        assert_snapshot!(service(&call()), @r#"
        [Unit]
        Description=Cutover: everything that is due in /srv/rotations
        Wants=network-online.target
        After=network-online.target

        [Service]
        Type=oneshot
        ExecStart="/usr/local/bin/cutover" "tick" "/srv/rotations" "--state" "/var/lib/cutover/state.db"
        WorkingDirectory=/srv
        Environment="PATH=/usr/local/bin:/usr/bin:/bin"
        # Where secret inputs are `from: {env: NAME}`: a file of 0600 with NAME=value lines.
        #EnvironmentFile=
        # A run that waits for a person or a time is no failure of this service.
        SuccessExitStatus=4
        # The first signal lets what is being written end; nothing else is told to stop before that.
        KillMode=mixed
        TimeoutStopSec=10min
        LimitCORE=0
        OOMPolicy=continue
        # Where no step needs sudo:
        #NoNewPrivileges=yes
        #RestrictSUIDSGID=yes
        #LockPersonality=yes
        "#);
        assert_snapshot!(timer(&call()), @"
        [Unit]
        Description=Cutover: looks every five minutes for what is due in /srv/rotations

        [Timer]
        OnCalendar=*:0/5
        # What was missed while the machine was off is made up for, once.
        Persistent=true
        RandomizedDelaySec=30

        [Install]
        WantedBy=timers.target
        ");
        assert_snapshot!(cron_line(&call()), @"
        */5 * * * * cd /srv && PATH=/usr/local/bin:/usr/bin:/bin /usr/local/bin/cutover tick /srv/rotations --state /var/lib/cutover/state.db --quiet
        ");
    }

    #[test]
    fn odd_names_are_quoted_for_each_reader() {
        let odd = Call {
            folder: "/srv/a \"b\" 100%$x".to_owned(),
            cwd: "/srv/it's".to_owned(),
            state: None,
            path: "/opt/%n/bin".to_owned(),
            ..call()
        };
        let service = service(&odd);
        let line = |begin: &str| service.lines().find(|line| line.starts_with(begin)).unwrap_or("");
        assert_eq!(
            line("ExecStart="),
            r#"ExecStart="/usr/local/bin/cutover" "tick" "/srv/a \"b\" 100%%$$x" "--sandbox""#
        );
        assert_eq!(line("Environment="), r#"Environment="PATH=/opt/%%n/bin""#);
        assert_eq!(line("WorkingDirectory="), "WorkingDirectory=/srv/it's");
        let cron = cron_line(&odd);
        let wanted = r#"cd '/srv/it'\''s' && PATH=/opt/\%n/bin /usr/local/bin/cutover tick '/srv/a "b" 100\%$x' --sandbox"#;
        assert!(cron.contains(wanted), "{cron}");
    }
}
