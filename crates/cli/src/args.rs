//! The command line, as clap reads it.

mod plugin;

use std::path::PathBuf;

use crate::rehearse::CrashAt;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use plugin::{GraphFormat, PluginCommand, PluginTestArgs};

/// Runs credential lifecycles that are written as YAML: create, store, publish, verify, revoke.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The state [env: CUTOVER_STATE] [default: $XDG_STATE_HOME/cutover/state.db]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) state: Option<PathBuf>,
    /// Work against stand-ins, in a world of its own below .cutover/sandbox
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,
    /// How to print
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value = "human")]
    pub(crate) output: Output,
    /// When to colour; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Human,
    /// One JSON object
    Json,
    /// One JSON object a line, as things happen
    Jsonl,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find every mistake of workflow files before anything runs
    Check {
        /// The workflow files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Show what a run would do, and change nothing
    Plan {
        #[command(flatten)]
        workflow: WorkflowArgs,
        /// Let the reading steps ask; without it nothing is contacted
        #[arg(long)]
        refresh: bool,
        /// Save the plan, for `run --plan`
        #[arg(long, value_name = "PLAN")]
        out: Option<PathBuf>,
    },
    /// Run a workflow
    Run(RunArgs),
    /// The runs so far, and what happened in one
    Runs {
        #[command(subcommand)]
        command: Option<RunsCommand>,
    },
    /// Go on with a run that was cut off, waits, or is stuck
    Resume(ResumeArgs),
    /// Give an unfinished run up: take back what it did, and say what is left in the world
    Abandon(AbandonArgs),
    /// The credentials that the state knows
    ///
    /// Exits 10 where one is due for rotation soon, 11 where one is overdue or expired.
    Credentials {
        /// Ask the providers too: what they list and the state does not know
        #[arg(long)]
        refresh: bool,
        #[command(subcommand)]
        command: Option<CredentialsCommand>,
    },
    /// The revocations that are owed
    Debts {
        #[command(subcommand)]
        command: Option<DebtsCommand>,
    },
    /// Do everything that is due, then end: for timers and CI
    ///
    /// Runs that were cut off or whose time has come go on, debts that are due are paid, what
    /// abandoned tries made is swept, and workflows of the folder whose triggers are due are started.
    /// Ends as the worst of it did.
    Tick {
        /// The folder with the workflows
        #[arg(value_name = "FOLDER", default_value = ".")]
        folder: PathBuf,
    },
    /// Which promises hold on this machine, what is damaged, and what to do
    ///
    /// Exits 3 where something is damaged or a promise does not hold.
    Doctor(DoctorArgs),
    /// The manual of the steps
    Steps {
        /// One step, or the beginning of some
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// What a code such as L08 means, and what to do about it
    Explain {
        /// The code; all of them where none is given
        #[arg(value_name = "CODE")]
        code: Option<String>,
    },
    /// The tools of a plugin's author
    Plugin {
        #[command(subcommand)]
        command: PluginCommand,
    },
    /// Rehearse a workflow: run it against stand-ins, and judge what becomes of it
    Test(TestArgs),
    /// The JSON Schema of workflow files, for editors
    Schema {
        /// That of a plugin's manifest
        #[arg(long)]
        plugin: bool,
    },
    /// A picture of a workflow
    Graph {
        /// The workflow file
        file: PathBuf,
        /// The language of the picture
        #[arg(long, value_enum, default_value = "mermaid")]
        format: GraphFormat,
    },
    /// Write a workflow to start from, or what calls `tick` again and again
    Init(InitArgs),
    /// Completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// A workflow with its inputs.
#[derive(Debug, Clone, Args)]
pub(crate) struct WorkflowArgs {
    /// The workflow file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// An input; lists and maps as JSON
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// A YAML file with inputs; `--input` comes before it
    #[arg(long = "inputs", value_name = "FILE")]
    pub(crate) inputs_file: Option<PathBuf>,
}

/// `run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArgs,
    /// Run exactly this saved plan, or refuse
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["dry_run", "refresh"])]
    pub(crate) plan: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// No credential is in use yet, and that is right
    #[arg(long)]
    pub(crate) first: bool,
    /// The same as `plan`
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --dry-run: let the reading steps ask
    #[arg(long, requires = "dry_run")]
    pub(crate) refresh: bool,
}

/// `resume`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) choice: RunChoice,
    /// Do this step once more: a person has looked, and it did not happen
    #[arg(long, value_name = "STEP", group = "word")]
    pub(crate) redo: Option<String>,
    /// Go on without this step
    #[arg(long, value_name = "STEP", group = "word")]
    pub(crate) skip: Option<String>,
    /// Say yes to this step, which waits for it
    #[arg(long, value_name = "STEP", group = "word")]
    pub(crate) approve: Option<String>,
    /// Say no to this step, which waits for a yes
    #[arg(long, value_name = "STEP", group = "word")]
    pub(crate) reject: Option<String>,
    /// Why, for those who read the run's timeline
    #[arg(long, value_name = "TEXT", requires = "word")]
    pub(crate) note: Option<String>,
}

/// `test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArgs,
    /// Kill it at every point where its process can end, or at one, and go on with it
    #[arg(long, value_name = "every|POINT", value_parser = crash_at)]
    pub(crate) crash_at: Option<CrashAt>,
    /// Run it with canaries, and look for them wherever they should not be
    #[arg(long)]
    pub(crate) leaks: bool,
}

fn crash_at(word: &str) -> Result<CrashAt, String> {
    match word {
        "every" => Ok(CrashAt::Every),
        number => number
            .parse()
            .map(CrashAt::One)
            .map_err(|_| "write `every`, or the number of a point".to_owned()),
    }
}

/// `abandon`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AbandonArgs {
    #[command(flatten)]
    pub(crate) choice: RunChoice,
    /// Take nothing back: only free the credential and say what is left
    #[arg(long)]
    pub(crate) no_undo: bool,
    /// Why, for those who read the run's timeline
    #[arg(long, value_name = "TEXT", conflicts_with = "no_undo")]
    pub(crate) note: Option<String>,
}

/// `runs`.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// The runs, newest first
    List,
    /// What happened in one run
    Show(RunChoice),
}

/// One run.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct RunChoice {
    /// The run, or the beginning of its id
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// The newest one (`resume`, `abandon`: the newest unfinished one)
    #[arg(long)]
    pub(crate) last: bool,
}

/// `init`.
#[derive(Debug, Clone, Args)]
pub(crate) struct InitArgs {
    /// Its name, and the name of its file [default: rotate-token; with --timer: cutover-tick]
    pub(crate) name: Option<String>,
    /// Write a systemd service and its timer, or print a cron line, in place of a workflow
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) timer: Option<TimerKind>,
    /// With --timer: the folder with the workflows
    #[arg(long, value_name = "FOLDER", requires = "timer", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// With --timer: print, and write nothing
    #[arg(long, requires = "timer")]
    pub(crate) print: bool,
}

/// `init --timer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimerKind {
    /// NAME.service and NAME.timer
    Systemd,
    /// A line for `crontab -e`, printed
    Cron,
}

/// `doctor`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArgs {
    /// Go on with a state that has lost its last events, after a look at the providers
    #[arg(long)]
    pub(crate) accept_lost_tail: bool,
    /// Make what follows from the events anew, where a row of it was changed
    #[arg(long, conflicts_with = "accept_lost_tail")]
    pub(crate) rebuild_tables: bool,
    /// Do not ask
    #[arg(long, short, requires = "accept_lost_tail")]
    pub(crate) yes: bool,
}

/// `credentials`.
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialsCommand {
    /// All of them
    List {
        /// Ask the providers too
        #[arg(long)]
        refresh: bool,
    },
    /// One, with its debts
    Show {
        /// Its name
        name: String,
    },
    /// Tell the state what is in use; nothing else is changed
    Adopt(AdoptArgs),
    /// Replace what is in use now, and revoke it and all that is owed of it at once
    Burn {
        /// The credential
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// `credentials adopt`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AdoptArgs {
    /// The credential
    pub(crate) name: String,
    /// The id of what is in use, as its provider knows it
    #[arg(long)]
    pub(crate) id: String,
    /// A prefix of its value that is no secret
    #[arg(long)]
    pub(crate) prefix: Option<String>,
    /// When it dies by itself, such as 2026-12-24T14:00:00Z
    #[arg(long, value_name = "MOMENT")]
    pub(crate) expires: Option<String>,
    /// Who owns it
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// The id that the state holds to be in use, and that is not
    #[arg(long, value_name = "ID")]
    pub(crate) replace: Option<String>,
}

/// `debts`.
#[derive(Debug, Subcommand)]
pub(crate) enum DebtsCommand {
    /// All of them
    List,
    /// Pay those that are due, or the named ones before their time
    Pay {
        /// Their ids, or the beginnings of them
        #[arg(value_name = "DEBT")]
        debts: Vec<String>,
        /// Also those that are not due yet
        #[arg(long, conflicts_with = "debts")]
        all: bool,
    },
    /// Let a debt go: what it would revoke stays valid
    Forgive {
        /// Its id, or the beginning of it
        #[arg(value_name = "DEBT")]
        debt: String,
        /// Why
        #[arg(long, value_name = "WORDS")]
        reason: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}
