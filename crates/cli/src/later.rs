//! Stand-ins.
pub(crate) fn registry() -> cutover_engine::step::Registry { cutover_engine::step::Registry::default() }
pub(crate) mod explain { pub(crate) fn page(_: &str) -> Option<&'static str> { None } pub(crate) fn codes() -> impl Iterator<Item=&'static str> { [].into_iter() } }
