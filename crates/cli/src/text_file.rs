//! Reading a file of text that a person names: never without end, never more than is said.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

/// The most that is read where a person may have much to say: inputs, a saved plan.
pub(crate) const LARGE: u64 = 64 * 1024 * 1024;

/// Returns the text of a file, or why there is none, without the file's name.
///
/// # Errors
/// Where it is a folder, too large, no text, or cannot be read.
pub(crate) fn read(file: &Path, largest: u64) -> Result<String, String> {
    let bytes = bytes(file, largest).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > largest {
        return Err(format!("it is larger than {} MB", largest / 1024 / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

/// Reads one byte more than is allowed, at most: a device has no length to ask for.
fn bytes(file: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let opened = open(file)?;
    if opened.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    let mut bytes = Vec::new();
    opened.take(largest + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file. A named pipe that nobody writes to is empty and not waited for; one that is
/// written to, as a shell's `<(..)` is, is read to its end.
fn open(file: &Path) -> io::Result<File> {
    let nonblock = OFlags::NONBLOCK.bits() as i32;
    let opened = OpenOptions::new().read(true).custom_flags(nonblock).open(file)?;
    if opened.metadata()?.file_type().is_fifo() {
        fcntl_setfl(&opened, fcntl_getfl(&opened)? - OFlags::NONBLOCK)?;
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    fn pipe(folder: &Path) -> std::path::PathBuf {
        let pipe = folder.join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::from_bits_truncate(0o600), 0)
            .expect("a pipe can be made");
        pipe
    }

    #[test]
    fn a_device_without_an_end_is_too_large() {
        let why = read(Path::new("/dev/zero"), 1024 * 1024).expect_err("it has no end");
        assert_eq!(why, "it is larger than 1 MB");
    }

    #[test]
    fn a_pipe_without_a_writer_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        assert_eq!(read(&pipe(folder.path()), LARGE), Ok(String::new()));
    }

    #[test]
    fn a_pipe_with_a_writer_is_read_to_its_end() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let pipe = pipe(folder.path());
        // Open in both directions, so that neither end waits for the other.
        let both = OpenOptions::new().read(true).write(true).open(&pipe).expect("it opens");
        let reader = thread::spawn({
            let pipe = pipe.clone();
            move || read(&pipe, LARGE)
        });
        let text = "x".repeat(300_000);
        fs::write(&pipe, &text).expect("it can be written");
        drop(both);
        assert_eq!(reader.join().expect("it ends"), Ok(text));
    }

    #[test]
    fn a_folder_and_what_is_no_text_are_told() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        assert_eq!(read(folder.path(), LARGE), Err("it is a folder".to_owned()));
        let file = folder.path().join("bytes");
        fs::write(&file, [0xff, 0xfe]).expect("it can be written");
        assert_eq!(read(&file, LARGE), Err("it is not UTF-8 text".to_owned()));
    }
}
