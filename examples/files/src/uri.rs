//! The URIs of files: each file has one, so that a client is told of a change under the name by which it asked.

use std::path::{Component, Path};

/// The URI of a path below the directory; `None` if no text can name it.
pub(crate) fn of(path: &Path) -> Option<String> {
    let mut uri = String::from("files:///");
    for (number, component) in path.components().enumerate() {
        let Component::Normal(name) = component else { return None };
        if number > 0 {
            uri.push('/');
        }
        name.to_str()?.bytes().for_each(|byte| push(&mut uri, byte));
    }
    Some(uri)
}

/// What is not unreserved is encoded (RFC 3986, 2.3), also where a URI would allow it.
fn push(uri: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        uri.push(char::from(byte));
    } else {
        uri.push_str(&format!("%{byte:02X}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_uri() {
        let uri = |path| of(Path::new(path));
        assert_eq!(uri("").as_deref(), Some("files:///"));
        assert_eq!(uri("src/main.rs").as_deref(), Some("files:///src/main.rs"));
        assert_eq!(uri("50% of é?#.txt").as_deref(), Some("files:///50%25%20of%20%C3%A9%3F%23.txt"));
        assert_eq!(uri("../x"), None);
        assert_eq!(uri("/x"), None);
    }
}
