//! An event as text: how it lies on the disk.

use super::Event;

impl Event {
    /// Returns the event as JSON, the form in which a journal keeps it. It holds no secret, and the
    /// marks of values only where a bug of ours put one.
    ///
    /// # Errors
    ///
    /// Says why it has no such form.
    pub fn to_text(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| error.to_string())
    }

    /// Reads an event that [`Event::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// Says why the text is not an event of this format.
    pub fn from_text(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}
