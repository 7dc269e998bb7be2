//! Compiled chunks by the digest of their plugin: in memory only, made here and nowhere else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use mlua::chunk::Compiler;

use crate::vm::Code;
use crate::vm::limits::LARGEST_SOURCE;

/// How many chunks are kept.
const MOST: usize = 256;

type Chunks = HashMap<(String, String), Arc<Vec<u8>>>;

/// Returns the compiled form of a file of a plugin; the error is for people.
pub(crate) fn file(code: &Code, path: &str) -> Result<Option<Arc<Vec<u8>>>, String> {
    static CHUNKS: OnceLock<Mutex<Chunks>> = OnceLock::new();
    let Some(text) = code.files.get(path) else { return Ok(None) };
    if text.len() > LARGEST_SOURCE {
        return Err(format!("{path} is larger than {} KiB", LARGEST_SOURCE >> 10));
    }
    let chunks = CHUNKS.get_or_init(Mutex::default);
    let key = (code.digest.clone(), path.to_owned());
    let locked = || chunks.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(chunk) = locked().get(&key) {
        return Ok(Some(chunk.clone()));
    }
    // The compiler's words begin with the line.
    let chunk = compile(text).map_err(|why| format!("{path}:{why}"))?;
    let chunk = Arc::new(chunk);
    let mut chunks = locked();
    if chunks.len() >= MOST {
        chunks.clear();
    }
    chunks.insert(key, chunk.clone());
    Ok(Some(chunk))
}

/// Compiles a text. It is always text that comes in: bytecode is only what this gives.
pub(crate) fn compile(text: &str) -> Result<Vec<u8>, String> {
    Compiler::new().set_optimization_level(1).set_debug_level(1).compile(text).map_err(|error| {
        match error {
            mlua::Error::SyntaxError { message, .. } => message,
            other => other.to_string(),
        }
    })
}
