//! A whole small world in a folder: a home, a program path, a cloud, one old token in use.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::influxctl::cloud::{self, Cloud};
use crate::influxctl::config;

const ACCOUNT: &str = "0f0e0d0c-0000-4000-8000-00000000acc0";
const CLUSTER: &str = "0f0e0d0c-0000-4000-8000-0000000c1057";

/// A token as its cloud keeps it, for whoever judges what became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// Its id.
    pub id: String,
    /// Its description, with the marker in it.
    pub description: String,
    /// The first characters of its value.
    pub prefix: String,
    /// Whether it has landed, and is neither revoked nor expired.
    pub live: bool,
}

/// A world in a folder. Nothing is made until [`World::make`].
#[derive(Debug, Clone)]
pub struct World {
    root: PathBuf,
}

impl World {
    /// Names the world in a folder, usually `.cutover/sandbox`.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Makes a world in a temporary folder, which goes with what is returned.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn temporary(exe: &Path) -> io::Result<(TempDir, Self)> {
        let folder = tempfile::Builder::new().prefix("cutover-").tempdir()?;
        let world = Self::at(&folder.path().join("world"));
        world.make(exe)?;
        Ok((folder, world))
    }

    /// Says whether it was made.
    pub fn exists(&self) -> bool {
        self.cloud().join(cloud::TOKENS).exists()
    }

    /// Returns its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the home folder of everything that runs in it.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Returns the folder that comes first on the `PATH`.
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Returns the folder that plays the cloud.
    pub fn cloud(&self) -> PathBuf {
        self.root.join("cloud")
    }

    /// Returns where the state of its runs is kept.
    pub fn state(&self) -> PathBuf {
        self.root.join("state.db")
    }

    /// Returns the configuration file of its `influxctl`.
    pub fn config(&self) -> PathBuf {
        self.home().join(".config/influxctl/config.toml")
    }

    /// Makes it, unless it is there: profiles `admin` and `ci`, one old token in use by `ci`. `exe`
    /// is a program that plays `influxctl` when it is called so.
    ///
    /// # Errors
    /// Where a folder or a file cannot be made.
    pub fn make(&self, exe: &Path) -> io::Result<()> {
        for folder in [self.home().join(".config/influxctl"), self.bin(), self.cloud()] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        // Two first runs at once make one world.
        let _lock = cloud::lock(&self.cloud())?;
        self.point_to(exe)?;
        if self.exists() {
            return Ok(());
        }
        let mut cloud = Cloud::empty(self.cloud());
        let admin = cloud.mint(ACCOUNT, "made by hand for Cutover", None, None)?;
        let old = cloud.mint(ACCOUNT, "ci, made by hand", None, None)?;
        write_private(&self.config(), &config_text(&admin, &old))?;
        cloud.save()
    }

    /// Returns every token of the cloud, in the order in which they were made.
    ///
    /// # Errors
    /// Where there is no cloud, or its file is damaged.
    pub fn tokens(&self) -> io::Result<Vec<Minted>> {
        let now = cloud::now();
        let tokens = Cloud::load(&self.cloud())?.tokens.into_iter().map(|token| Minted {
            live: token.is_live(now) && token.expires_at.is_none_or(|at| at > now),
            id: token.id,
            description: token.description,
            prefix: token.prefix,
        });
        Ok(tokens.collect())
    }

    /// Returns the id of the token that each profile holds; none where the cloud lets it in no more.
    ///
    /// # Errors
    /// Where the cloud or the configuration cannot be read.
    pub fn profiles(&self) -> io::Result<Vec<(String, Option<String>)>> {
        let (cloud, now) = (Cloud::load(&self.cloud())?, cloud::now());
        let held = config::tokens(&self.config()).map_err(io::Error::other)?;
        let of = |(name, value): (String, String)| {
            let hash = cloud::hash(&value);
            let let_in = |token: &&cloud::Token| token.hash == hash && token.is_active(now);
            (name, cloud.tokens.iter().find(let_in).map(|token| token.id.clone()))
        };
        Ok(held.into_iter().map(of).collect())
    }

    /// Returns the id of the token with a value; none where the cloud lets it in no more.
    ///
    /// # Errors
    /// Where the cloud cannot be read.
    pub fn lets_in(&self, value: &str) -> io::Result<Option<String>> {
        let (hash, now) = (cloud::hash(value), cloud::now());
        let let_in = |token: &&cloud::Token| token.hash == hash && token.is_active(now);
        Ok(Cloud::load(&self.cloud())?.tokens.iter().find(let_in).map(|token| token.id.clone()))
    }

    /// Puts `influxctl` on the path, or points it to another program if this one has moved.
    fn point_to(&self, exe: &Path) -> io::Result<()> {
        let link = self.bin().join("influxctl");
        if fs::read_link(&link).is_ok_and(|target| target == exe) {
            return Ok(());
        }
        let fresh = self.bin().join(format!(".influxctl.{}", std::process::id()));
        symlink(exe, &fresh)?;
        fs::rename(&fresh, &link)
    }
}

fn config_text(admin: &str, old: &str) -> String {
    format!(
        r#"# The profiles of the sandbox. `admin` makes and revokes tokens, `ci` is what a build uses.

[[profile]]
  name = "admin"
  product = "dedicated"
  account_id = "{ACCOUNT}"
  cluster_id = "{CLUSTER}"
  mgmt_token = "{admin}"

[[profile]]
  name = "ci"            # rotated by workflows
  product = "dedicated"
  account_id = "{ACCOUNT}"
  cluster_id = "{CLUSTER}"
  mgmt_token = "{old}"
"#
    )
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn a_world_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::at(&folder.path().join("w"));
        assert!(!world.exists());
        world.make(Path::new("/bin/true")).unwrap();
        let first = fs::read_to_string(world.config()).unwrap();
        world.make(Path::new("/bin/false")).unwrap();
        assert!(world.exists());
        assert_eq!(first, fs::read_to_string(world.config()).unwrap());
        let link = fs::read_link(world.bin().join("influxctl")).unwrap();
        assert_eq!(link, Path::new("/bin/false"), "it follows a program that has moved");
    }

    #[test]
    fn it_tells_who_holds_what_and_who_is_locked_out() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::at(folder.path());
        world.make(Path::new("/bin/true")).unwrap();
        let tokens = world.tokens().unwrap();
        assert!(tokens.len() == 2 && tokens.iter().all(|token| token.live), "{tokens:?}");
        let held = |world: &World| world.profiles().unwrap();
        let id = |at: usize| Some(tokens[at].id.clone());
        assert_eq!(held(&world), [("admin".to_owned(), id(0)), ("ci".to_owned(), id(1))]);
        let mut cloud = Cloud::load(&world.cloud()).unwrap();
        cloud.tokens[1].revoked_at = Some(cloud::now());
        cloud.save().unwrap();
        assert_eq!(held(&world), [("admin".to_owned(), id(0)), ("ci".to_owned(), None)]);
        assert!(!world.tokens().unwrap()[1].live);
    }

    #[test]
    fn many_who_make_it_at_once_make_one() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::at(&folder.path().join("w"));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| world.make(Path::new("/bin/true")).unwrap());
            }
        });
        let config = fs::read_to_string(world.config()).unwrap();
        let kept = fs::read_to_string(world.cloud().join(cloud::TOKENS)).unwrap();
        let values = config.split('"').filter(|word| word.starts_with("M.V1."));
        for value in values {
            let hash: String =
                Sha256::digest(value).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(kept.contains(&hash), "the cloud does not know what the profile holds");
        }
    }

    #[test]
    fn the_cloud_keeps_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::at(folder.path());
        world.make(Path::new("/bin/true")).unwrap();
        let config = fs::read_to_string(world.config()).unwrap();
        let kept = fs::read_to_string(world.cloud().join(cloud::TOKENS)).unwrap();
        let values: Vec<&str> =
            config.split('"').filter(|word| word.starts_with("M.V1.")).collect();
        assert_eq!(values.len(), 2);
        assert!(values.iter().all(|value| !kept.contains(value)));
    }
}
