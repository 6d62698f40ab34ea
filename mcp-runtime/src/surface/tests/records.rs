//! What a test does with the record of a surface.

use std::fs;
use std::path::PathBuf;

use super::super::Surface;
use super::super::record::Mode;

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mcp-surface-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn surface(tools: &str) -> Surface {
    Surface::read(&format!(r#"{{"serverInfo":{{"name":"w","version":"1.0.0"}},"tools":[{tools}]}}"#)).unwrap()
}

#[test]
fn a_missing_record_is_written_but_not_in_ci() {
    let folder = Folder::new("missing");
    let path = folder.0.join("deep/surface.json");
    let now = surface(r#"{"name":"a"}"#);
    let problem = now.settle(&path, Mode::Compare).unwrap_err();
    assert!(problem.contains("there is no record") && problem.contains("outside of CI"), "{problem}");
    assert!(!path.exists());
    now.settle(&path, Mode::CompareOrWrite).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), now.to_string());
    now.settle(&path, Mode::Compare).unwrap();
}

#[test]
fn another_record_fails_until_it_is_updated() {
    let folder = Folder::new("another");
    let path = folder.0.join("surface.json");
    let (then, now) = (surface(r#"{"name":"a"}"#), surface(r#"{"name":"b"}"#));
    then.settle(&path, Mode::Update).unwrap();
    for mode in [Mode::Compare, Mode::CompareOrWrite] {
        let problem = now.settle(&path, mode).unwrap_err();
        assert!(problem.starts_with("the surface is not as it is on record in `"), "{problem}");
        assert!(problem.contains("\n- tools.a: this tool is gone\n"), "{problem}");
        assert!(problem.contains("the version has to go from 1.0.0 to 2.0.0 at least"), "{problem}");
        assert!(problem.ends_with("put it on record: UPDATE_SURFACE=1 cargo test"), "{problem}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), then.to_string(), "comparing writes nothing");
    now.settle(&path, Mode::Update).unwrap();
    now.settle(&path, Mode::Compare).unwrap();
}

#[test]
fn what_is_no_record_says_so() {
    let folder = Folder::new("broken");
    let path = folder.0.join("surface.json");
    fs::create_dir_all(&folder.0).unwrap();
    for text in ["", "[]", "{\"tools\":"] {
        fs::write(&path, text).unwrap();
        let problem = surface("").settle(&path, Mode::Compare).unwrap_err();
        assert!(problem.contains("is no document of a surface"), "{problem}");
    }
    let problem = surface("").settle(&folder.0, Mode::Compare).unwrap_err();
    assert!(problem.contains("cannot be read"), "{problem}");
}
