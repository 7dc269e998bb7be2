//! The world before a history: what is in use, who reads it, what is registered.

use crate::clock::BEGIN;
use crate::shapes::{Provider, Shape, Target};
use crate::world::{DAEMON_FILE, Place, Reads, Token, USER_FOLDER, USERS, World};

/// Puts into the world what a workflow of a shape finds.
pub(crate) fn set_up(world: &mut World, shape: &Shape) {
    world.hooks.insert("there".to_owned(), true);
    if shape.provider == Provider::Influxdb1 {
        return set_up_users(world);
    }
    let account = match shape.provider {
        Provider::Marker => "sim",
        Provider::Diff => "diff",
        Provider::InPlace => "single",
        Provider::Blind => "blind",
        Provider::Influxctl | Provider::Influxdb1 => "influx",
    };
    let old = world.issue(account, BEGIN);
    if shape.provider == Provider::Influxctl {
        let admin = world.issue(account, BEGIN);
        put(world, "profile admin", &admin, Reads::Nobody);
    }
    let vault = shape.targets.contains(&Target::Vault) || shape.captures_version;
    if vault {
        put(world, "vault ci", &old, Reads::Token);
    }
    for target in &shape.targets {
        match target {
            Target::Vault => {}
            Target::File => put(world, DAEMON_FILE, &old, Reads::Token),
            Target::Remote => put(world, "remote ci", &old, Reads::Token),
            Target::Profile => put(world, "profile ci", &old, Reads::Token),
        }
    }
    if shape.daemon {
        put(world, "daemon", &old, Reads::Token);
    }
}

fn put(world: &mut World, place: &str, value: &str, reads: Reads) {
    world.places.insert(place.to_owned(), Place::holding(Some(value), reads));
}

fn set_up_users(world: &mut World) {
    let password = "the-password-before-this-one".to_owned();
    world.tokens.push(Token {
        account: USERS.to_owned(),
        id: "svc_a".to_owned(),
        value: password.clone(),
        text: "by hand".to_owned(),
        made_at: BEGIN,
        shown_at: BEGIN,
        works_at: BEGIN,
        expires_at: None,
        revoked_at: None,
        maker: None,
    });
    put(world, &format!("{USER_FOLDER}/user"), "svc_a", Reads::User);
    put(world, &format!("{USER_FOLDER}/svc_a.password"), &password, Reads::Nobody);
}
