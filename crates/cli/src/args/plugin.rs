//! The arguments of `plugin`, and of pictures.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `plugin`.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Write a plugin to start from: a store, its tests, a stand-in for its service
    New {
        /// Its name and its folder
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Find every mistake of a plugin before anything calls it
    Check {
        /// Its folder
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// Run a plugin's tests against its own stand-ins, each once more under every law
    Test(PluginTestArgs),
    /// The plugins that workflows declare: version, steps, what they need
    List {
        /// A workflow file, a folder of them, or the folder of a plugin
        #[arg(value_name = "PLACE", default_value = ".")]
        place: PathBuf,
    },
    /// Pin the plugins of workflows to the files that they are now
    Lock {
        /// A workflow file, or a folder of them
        #[arg(value_name = "PLACE", default_value = ".")]
        place: PathBuf,
        /// Take over what needs more than before
        #[arg(long)]
        accept: bool,
    },
}

/// `plugin test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PluginTestArgs {
    /// The plugin's folder
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Only the tests with these words in their names
    #[arg(long, value_name = "WORDS")]
    pub(crate) only: Option<String>,
}

/// `graph --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Mermaid, as in Markdown
    Mermaid,
    /// Graphviz
    Dot,
}
