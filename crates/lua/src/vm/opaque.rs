//! Secrets and unknowns in the VM: a userdata with the marks, which can be joined, and not read.

use std::cell::Cell;
use std::rc::Rc;

use cutover_engine::value::{Piece, clean, pieces};
use mlua::{Lua, MetaMethod, UserData, UserDataFields, UserDataMethods, Value as Lv};

use crate::vm::limits::{LONGEST_OPAQUE, OPAQUE_TEXT};
use crate::vm::watch::{Stop, Watch, over};

/// The registry's name for the methods of secrets.
pub(crate) const METHODS: &str = "cutover.methods";

/// What messages of Luau call a secret or an unknown.
pub(crate) const KIND: &str = "secret";

/// How much text lives in the opaque values of a VM.
#[derive(Clone, Default)]
pub(crate) struct Purse(Rc<Cell<usize>>);

/// A text with marks in it.
pub(crate) struct Opaque {
    text: String,
    purse: Purse,
}

impl Drop for Opaque {
    fn drop(&mut self) {
        self.purse.0.set(self.purse.0.get().saturating_sub(self.text.len()));
    }
}

impl Opaque {
    /// Returns the text with its marks.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Makes one in a VM; what it takes is counted, which the VM's own limit does not.
    pub(crate) fn create(lua: &Lua, text: String) -> mlua::Result<Lv> {
        let purse = lua.app_data_ref::<Purse>().map(|purse| purse.clone()).unwrap_or_default();
        if text.len() > LONGEST_OPAQUE {
            return Err(mlua::Error::runtime("a text with a secret in it is too long"));
        }
        if purse.0.get() + text.len() > OPAQUE_TEXT {
            lua.gc_collect()?;
        }
        if purse.0.get() + text.len() > OPAQUE_TEXT {
            return Err(mlua::Error::MemoryError("too many texts with secrets in them".to_owned()));
        }
        purse.0.set(purse.0.get() + text.len());
        lua.create_userdata(Self { text, purse }).map(Lv::UserData)
    }

    /// Returns it for people: what is plain, and where the rest comes from.
    pub(crate) fn shown(&self) -> String {
        shown(&self.text)
    }

    /// Says that its code looks into it: a secret refuses, an unknown ends the call.
    fn refuse(&self, lua: &Lua, what: &str) -> mlua::Error {
        let unknown = pieces(&self.text).into_iter().find_map(|piece| match piece {
            Piece::Unknown { from, .. } => Some(from.to_owned()),
            Piece::Plain(_) | Piece::Secret(_) => None,
        });
        match (unknown, lua.app_data_ref::<Rc<Watch>>()) {
            (Some(from), Some(watch)) => {
                watch.end(Stop::Unknown(from));
                over()
            }
            _ => mlua::Error::runtime(format!("{} is a secret, {what}", self.shown())),
        }
    }
}

/// Returns a text with marks for people.
pub(crate) fn shown(text: &str) -> String {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Plain(plain) => plain.to_owned(),
        Piece::Secret(handle) => format!("***({})", handle.origin),
        Piece::Unknown { from, secret: true } => format!("***({from})"),
        Piece::Unknown { from, secret: false } => format!("\u{2039}{from}\u{203a}"),
    };
    pieces(text).into_iter().map(piece).collect()
}

impl UserData for Opaque {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        // What messages of Luau call it.
        fields.add_meta_field(MetaMethod::Type, KIND);
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_function(MetaMethod::Concat, |lua, (a, b): (Lv, Lv)| {
            Opaque::create(lua, part(lua, &a)? + &part(lua, &b)?)
        });
        methods.add_meta_method(MetaMethod::ToString, |_, of, ()| Ok(of.shown()));
        methods.add_meta_method(MetaMethod::Index, |lua, of, key: Lv| {
            let methods: mlua::Table = lua.named_registry_value(METHODS)?;
            match (&key, methods.raw_get::<Lv>(key.clone())?) {
                (Lv::String(_), Lv::Nil) | (_, Lv::Nil) => {
                    Err(of.refuse(lua, "and nothing in it can be read"))
                }
                (_, method) => Ok(method),
            }
        });
        methods.add_meta_method(MetaMethod::NewIndex, |lua, of, _: (Lv, Lv)| {
            Err::<(), _>(of.refuse(lua, "and nothing in it can be set"))
        });
        methods.add_meta_method(MetaMethod::Len, |lua, of, ()| {
            Err::<(), _>(of.refuse(lua, "and its length is not told"))
        });
        let looks = [
            MetaMethod::Lt,
            MetaMethod::Le,
            MetaMethod::Add,
            MetaMethod::Sub,
            MetaMethod::Mul,
            MetaMethod::Div,
            MetaMethod::Mod,
            MetaMethod::Pow,
            MetaMethod::IDiv,
        ];
        for look in looks {
            methods.add_meta_function(look, |lua, (a, b): (Lv, Lv)| {
                Err::<(), _>(either(lua, &a, &b, "and cannot be computed with"))
            });
        }
        methods.add_meta_function(MetaMethod::Eq, |lua, (a, b): (Lv, Lv)| {
            let words = "and is not compared: `crypto.equal` and `s:fingerprint()` do";
            Err::<(), _>(either(lua, &a, &b, words))
        });
        methods.add_meta_method(MetaMethod::Unm, |lua, of, ()| {
            Err::<(), _>(of.refuse(lua, "and cannot be computed with"))
        });
        methods.add_meta_method(MetaMethod::Call, |lua, of, ()| {
            Err::<(), _>(of.refuse(lua, "and cannot be called"))
        });
        methods.add_meta_method(MetaMethod::Iter, |lua, of, ()| {
            Err::<(), _>(of.refuse(lua, "and cannot be walked"))
        });
    }
}

fn either(lua: &Lua, a: &Lv, b: &Lv, words: &str) -> mlua::Error {
    let of = |value: &Lv| match value {
        Lv::UserData(data) => data.borrow::<Opaque>().ok().map(|opaque| opaque.refuse(lua, words)),
        _ => None,
    };
    of(a).or_else(|| of(b)).unwrap_or_else(|| mlua::Error::runtime("cannot be computed with"))
}

/// Returns one side of a `..`.
fn part(lua: &Lua, value: &Lv) -> mlua::Result<String> {
    match value {
        Lv::UserData(data) => match data.borrow::<Opaque>() {
            Ok(opaque) => Ok(opaque.text.clone()),
            Err(_) => Err(mlua::Error::runtime("a secret is joined with text only")),
        },
        Lv::String(_) | Lv::Integer(_) | Lv::Number(_) => {
            let text = lua.coerce_string(value.clone())?;
            let text = text.ok_or_else(|| mlua::Error::runtime("not text"))?;
            if text.as_bytes().len() > LONGEST_OPAQUE {
                return Err(mlua::Error::runtime("a text with a secret in it is too long"));
            }
            let text = text.to_str()?;
            Ok(clean(&text))
        }
        other => {
            let kind = other.type_name();
            Err(mlua::Error::runtime(format!("a secret is joined with text, not with a {kind}")))
        }
    }
}
