use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::host::System;
use super::*;

/// A user's home, which goes when the test ends.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mcp-install-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let home = std::env::temp_dir().join(name);
        fs::create_dir_all(home.join("project")).unwrap();
        Self(fs::canonicalize(home).unwrap())
    }

    fn folders(&self, system: System) -> Folders {
        Folders {
            system,
            home: Some(self.0.clone()),
            roaming: Some(self.0.join("AppData/Roaming")),
            config: None,
            claude_code: None,
            claude_package: None,
            project: self.0.join("project"),
        }
    }

    fn file(&self, path: &str, text: &str) -> PathBuf {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    fn run(&self, install: &Install) -> Result<Told, String> {
        install.run(&self.folders(System::Linux)).map_err(|fault| fault.to_string())
    }

    /// The names of the files in a folder: none of ours may be left.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn install(host: Host, action: Action) -> Install {
    let entry = Entry {
        name: "weather".into(),
        transport: Transport::Stdio { command: "/bin/weather".into(), args: Vec::new(), env: Vec::new() },
    };
    Install { host, entry, scope: Scope::User, config: None, action, force: false }
}

fn with_env(mut install: Install, key: &str, value: &str) -> Install {
    if let Transport::Stdio { env, .. } = &mut install.entry.transport {
        env.push((key.into(), value.into()));
    }
    install
}

fn http(mut install: Install, url: &str) -> Install {
    install.entry = Entry::http("weather".into(), url.into());
    install
}

#[test]
fn every_host_has_its_file() {
    let home = Home::new();
    let at = |path: &str| Some(home.0.join(path));
    for (system, host, path) in [
        (System::Linux, Host::ClaudeDesktop, ".config/Claude/claude_desktop_config.json"),
        (System::MacOs, Host::ClaudeDesktop, "Library/Application Support/Claude/claude_desktop_config.json"),
        (System::Windows, Host::ClaudeDesktop, "AppData/Roaming/Claude/claude_desktop_config.json"),
        (System::Linux, Host::ClaudeCode, ".claude.json"),
        (System::Windows, Host::ClaudeCode, ".claude.json"),
        (System::MacOs, Host::Cursor, ".cursor/mcp.json"),
        (System::Linux, Host::VsCode, ".config/Code/User/mcp.json"),
        (System::MacOs, Host::VsCode, "Library/Application Support/Code/User/mcp.json"),
        (System::Windows, Host::VsCode, "AppData/Roaming/Code/User/mcp.json"),
    ] {
        assert_eq!(host.file(Scope::User, &home.folders(system)).unwrap(), at(path));
    }
    let linux = home.folders(System::Linux);
    for (host, path) in [
        (Host::ClaudeCode, "project/.mcp.json"),
        (Host::Cursor, "project/.cursor/mcp.json"),
        (Host::VsCode, "project/.vscode/mcp.json"),
    ] {
        assert_eq!(host.file(Scope::Project, &linux).unwrap(), at(path));
    }
    assert!(matches!(Host::ClaudeDesktop.file(Scope::Project, &linux), Err(Fault::NoProjects(_))));
    assert_eq!(Host::Json.file(Scope::User, &linux).unwrap(), None);
    let homeless = Folders { home: None, ..linux };
    assert!(matches!(Host::Cursor.file(Scope::User, &homeless), Err(Fault::NoHome)));
    assert_eq!(Host::ALL.map(|host| Host::named(host.name())), Host::ALL.map(Some));
}

#[test]
fn the_environment_moves_files() {
    let home = Home::new();
    let linux = home.folders(System::Linux);
    let config = Folders { config: Some("/xdg".into()), ..linux.clone() };
    let file = |host: Host, folders: &Folders| host.file(Scope::User, folders).unwrap().unwrap();
    assert_eq!(file(Host::VsCode, &config), Path::new("/xdg/Code/User/mcp.json"));
    let relative = Folders { config: Some("xdg".into()), ..linux.clone() };
    assert_eq!(file(Host::VsCode, &relative), home.0.join(".config/Code/User/mcp.json"));
    let claude = Folders { claude_code: Some("/claude".into()), ..linux };
    assert_eq!(file(Host::ClaudeCode, &claude), Path::new("/claude/.claude.json"));

    let package = "local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude";
    home.file(&format!("{package}/config.json"), "{}");
    fs::create_dir_all(home.0.join("local/Packages/Clauderie_1")).unwrap();
    let claude_package = disk::claude_package(&home.0.join("local"));
    assert_eq!(claude_package, Some(home.0.join(package)));
    let packaged = Folders { claude_package, ..home.folders(System::Windows) };
    assert_eq!(file(Host::ClaudeDesktop, &packaged), home.0.join(package).join("claude_desktop_config.json"));
    assert_eq!(disk::claude_package(&home.0), None);
}

#[test]
fn the_folders_of_a_process_are_absolute() {
    let folders = Folders::of_process().unwrap();
    assert_eq!(folders.project, std::env::current_dir().unwrap());
    assert!(folders.home.is_none_or(|home| home.is_absolute()));
    assert_eq!(folders.system == System::Windows, cfg!(windows));
}

#[test]
fn a_snippet_is_complete_and_says_where_it_goes() {
    let home = Home::new();
    let mut told = home.run(&with_env(install(Host::ClaudeCode, Action::Print), "KEY", "it's")).unwrap();
    let out = r#"{
  "mcpServers": {
    "weather": {
      "type": "stdio",
      "command": "/bin/weather",
      "args": [],
      "env": {
        "KEY": "it's"
      }
    }
  }
}
"#;
    assert_eq!(told.out, out);
    assert_eq!(
        told.notes.remove(0),
        format!("goes into {}; `--write` puts it there", home.0.join(".claude.json").display())
    );
    let line = r#"'{"args":[],"command":"/bin/weather","env":{"KEY":"it'\''s"},"type":"stdio"}'"#;
    assert_eq!(told.notes, [format!("or: claude mcp add-json --scope user weather {line}")]);

    let told = home.run(&http(install(Host::VsCode, Action::Print), "https://e.org/mcp")).unwrap();
    let out = "{\n  \"servers\": {\n    \"weather\": {\n      \"type\": \"http\",\n      \"url\": \"https://e.org/mcp\"\n    }\n  }\n}\n";
    assert_eq!(told.out, out);
    assert_eq!(told.notes[1], r#"or: code --add-mcp '{"name":"weather","type":"http","url":"https://e.org/mcp"}'"#);

    let told = home.run(&http(install(Host::Cursor, Action::Print), "https://e.org/mcp")).unwrap();
    assert!(told.out.contains("\"url\"") && !told.out.contains("\"type\""), "{}", told.out);
    assert!(home.run(&install(Host::Json, Action::Print)).unwrap().notes.is_empty());
    assert_eq!(home.names(""), ["project"], "printing writes nothing");
}

#[test]
fn an_entry_comes_and_goes_and_all_else_stays() {
    let home = Home::new();
    let written = "\u{feff}{\r\n\t// mine\r\n\t\"inputs\": [],\r\n\t\"servers\": {\r\n\t\t\"other\": { \"command\": \"x\" }, // keep\r\n\t},\r\n}\r\n";
    let file = home.file(".config/Code/User/mcp.json", written);
    let told = home.run(&install(Host::VsCode, Action::Write)).unwrap();
    assert_eq!(told.notes[0], format!("`weather` is in {}", file.display()));
    let expected = written.replace(
        " // keep\r\n",
        " // keep\r\n\t\t\"weather\": {\r\n\t\t\t\"type\": \"stdio\",\r\n\t\t\t\"command\": \"/bin/weather\",\r\n\t\t\t\"args\": []\r\n\t\t},\r\n",
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    let told = home.run(&install(Host::VsCode, Action::Write)).unwrap();
    assert!(told.notes[0].contains("already"), "{told:?}");
    let told = home.run(&install(Host::VsCode, Action::Remove)).unwrap();
    assert_eq!(told.notes[1], "VS Code may know it until it is started again");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    let told = home.run(&install(Host::VsCode, Action::Remove)).unwrap();
    assert!(told.notes[0].contains("was not in"), "{told:?}");
    assert_eq!(home.names(".config/Code/User"), ["mcp.json"]);
}

#[test]
fn every_host_can_be_written() {
    let home = Home::new();
    fs::create_dir_all(home.0.join(".config/Claude")).unwrap();
    fs::create_dir_all(home.0.join(".config/Code/User")).unwrap();
    fs::create_dir_all(home.0.join(".cursor")).unwrap();
    for host in [Host::ClaudeDesktop, Host::ClaudeCode, Host::Cursor, Host::VsCode] {
        let printed = home.run(&install(host, Action::Print)).unwrap().out;
        home.run(&install(host, Action::Write)).unwrap();
        let file = host.file(Scope::User, &home.folders(System::Linux)).unwrap().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), printed, "{host:?}");
        home.run(&install(host, Action::Remove)).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "{}\n", "{host:?}");
    }
    for host in [Host::ClaudeCode, Host::Cursor, Host::VsCode] {
        let told = home.run(&Install { scope: Scope::Project, ..install(host, Action::Write) }).unwrap();
        assert!(told.notes.last().unwrap().starts_with("warning: who shares the project"), "{told:?}");
    }
    assert_eq!(home.names("project"), [".cursor", ".mcp.json", ".vscode"]);
}

#[test]
fn what_the_user_added_to_the_entry_stays() {
    let home = Home::new();
    let written = r#"{"mcpServers": {"weather": {"command": "C:\\old\\weather.exe", "args": ["-v"], "env": {"KEY": "secret"}, "disabled": true}}}"#;
    let file = home.file(".cursor/mcp.json", written);
    home.run(&with_env(install(Host::Cursor, Action::Write), "CITY", "Oslo")).unwrap();
    let expected = r#"{"mcpServers": {"weather": {"command": "/bin/weather", "args": [], "env": {"KEY": "secret","CITY": "Oslo"}, "disabled": true}}}"#;
    assert_eq!(fs::read_to_string(file).unwrap(), expected);
}

#[test]
fn an_entry_of_another_program_is_kept() {
    let home = Home::new();
    let written = r#"{"mcpServers": {"weather": {"command": "npx", "args": ["-y", "weather"], "env": {"KEY": "secret"}}, "z": 1}}"#;
    let file = home.file(".claude.json", written);
    for action in [Action::Write, Action::Remove] {
        for wanted in
            [install(Host::ClaudeCode, action), http(install(Host::ClaudeCode, action), "http://localhost:8000/mcp")]
        {
            let fault = home.run(&wanted).unwrap_err();
            assert!(fault.contains("another program's entry: `npx`;") && !fault.contains("secret"), "{fault}");
        }
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    home.run(&Install { force: true, ..http(install(Host::ClaudeCode, Action::Write), "http://localhost:8000/mcp") })
        .unwrap();
    let expected = r#"{"mcpServers": {"weather": {"type":"http","url": "http://localhost:8000/mcp"}, "z": 1}}"#;
    let text: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(text, serde_json::from_str::<Value>(expected).unwrap());
    let fault = home.run(&install(Host::ClaudeCode, Action::Remove)).unwrap_err();
    assert!(fault.contains("`http://localhost:8000`"), "{fault}");
    home.run(&Install { force: true, ..install(Host::ClaudeCode, Action::Remove) }).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), r#"{"mcpServers": {"z": 1}}"#);
}

#[test]
fn what_a_host_does_not_do_is_said() {
    let home = Home::new();
    let said = |install: &Install| home.run(install).unwrap_err();
    let url = "https://e.org/mcp";
    assert!(said(&http(install(Host::ClaudeDesktop, Action::Print), url)).contains("Settings > Connectors"));
    assert!(
        said(&Install { scope: Scope::Project, ..install(Host::ClaudeDesktop, Action::Write) })
            .contains("no configuration of a project")
    );
    assert!(said(&install(Host::Json, Action::Write)).contains("`--config` names the file"));
    assert!(
        said(&install(Host::ClaudeDesktop, Action::Write)).contains("Claude Desktop does not seem to be installed")
    );
    assert!(said(&http(install(Host::Cursor, Action::Print), "localhost:8000")).contains("is not an address"));
    let mut nameless = install(Host::Cursor, Action::Print);
    nameless.entry.name.clear();
    assert!(said(&nameless).contains("no name"));
    assert_eq!(home.names(""), ["project"]);
    home.run(&Install { force: true, ..install(Host::ClaudeDesktop, Action::Write) }).unwrap();
    assert_eq!(home.names(".config/Claude"), ["claude_desktop_config.json"]);
    let gone = home.run(&install(Host::Cursor, Action::Remove)).unwrap();
    assert!(gone.notes[0].contains("was not in"), "{gone:?}");
}

#[test]
fn a_file_that_is_not_understood_is_left_alone() {
    let home = Home::new();
    for (text, said) in [
        (
            &b"{\n  \"mcpServers\": {\n  }\n  oops\n}"[..],
            "mcp.json: not valid JSON at line 3, column 4: expected comma",
        ),
        (b"\xff\xfe{}", "mcp.json: not UTF-8"),
        (b"{\"mcpServers\": []}", "mcp.json: `mcpServers` is not an object"),
    ] {
        let file = home.file(".cursor/mcp.json", "");
        fs::write(&file, text).unwrap();
        for action in [Action::Write, Action::Remove] {
            let fault = home.run(&install(Host::Cursor, action)).unwrap_err();
            assert!(fault.contains(said), "{fault}");
        }
        assert_eq!(fs::read(&file).unwrap(), text);
    }
    assert_eq!(home.names(".cursor"), ["mcp.json"]);
}

#[test]
fn a_read_only_file_is_left_alone() {
    let home = Home::new();
    let file = home.file("read-only/mcp.json", "{}");
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let fault = home.run(&Install { config: Some(file.clone()), ..install(Host::Json, Action::Write) }).unwrap_err();
    assert!(fault.ends_with("mcp.json: read-only"), "{fault}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
    assert_eq!(home.names("read-only"), ["mcp.json"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let home = Home::new();
    let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let file = home.file("dotfiles/mcp.json", "{}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(home.0.join(".cursor")).unwrap();
    let link = home.0.join(".cursor/mcp.json");
    symlink("../dotfiles/mcp.json", &link).unwrap();
    home.run(&install(Host::Cursor, Action::Write)).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().contains("/bin/weather"));
    assert_eq!(mode(&file), 0o640);
    assert_eq!(home.names("dotfiles"), ["mcp.json"]);
    assert_eq!(home.names(".cursor"), ["mcp.json"]);

    home.run(&install(Host::ClaudeCode, Action::Write)).unwrap();
    assert_eq!(mode(&home.0.join(".claude.json")), 0o600, "entries hold secrets");

    fs::remove_file(&file).unwrap();
    let fault = home.run(&install(Host::Cursor, Action::Write)).unwrap_err();
    assert!(fault.contains(".cursor/mcp.json: No such file"), "{fault}");
}

#[test]
fn what_others_write_meanwhile_is_not_lost() {
    let home = Home::new();
    let file = home.file("mcp.json", "0");
    let times = Cell::new(0);
    let disturbed = |until: usize| {
        times.set(0);
        disk::edit(&file, |text| {
            times.set(times.get() + 1);
            if times.get() <= until {
                fs::write(&file, times.get().to_string()).unwrap();
            }
            Ok(format!("{text}!"))
        })
    };
    assert!(disturbed(1).unwrap());
    assert_eq!(fs::read_to_string(&file).unwrap(), "1!");
    assert!(matches!(disturbed(usize::MAX), Err(Fault::Changing)));
    assert_eq!(fs::read_to_string(&file).unwrap(), "3");
    assert_eq!(home.names(""), ["mcp.json", "project"]);
}

/// One that looks again, and then takes the place of the file, would overwrite what another one has written in between.
#[cfg(unix)]
#[test]
fn what_installers_write_at_the_same_time_is_not_lost() {
    let home = Home::new();
    let file = home.file(".cursor/mcp.json", "{}");
    let names: Vec<String> = (0..8).map(|number| format!("server-{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            let mut install = install(Host::Cursor, Action::Write);
            install.entry.name = name.clone();
            scope.spawn(|| home.run(&{ install }).unwrap());
        }
    });
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written["mcpServers"].as_object().unwrap().keys().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
    assert_eq!(home.names(".cursor"), ["mcp.json"]);
}

/// A device would be replaced by a file, and a pipe would make it wait.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_left_alone() {
    use std::os::unix::fs::FileTypeExt as _;
    let home = Home::new();
    let pipe = home.0.join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
    for file in [pipe.clone(), home.0.join("project"), "/dev/zero".into()] {
        let install = Install { config: Some(file.clone()), ..install(Host::Json, Action::Write) };
        assert_eq!(
            home.run(&install).unwrap_err(),
            format!("{}: a folder, a pipe or a device, and no file", file.display())
        );
    }
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn what_cargo_cleans_away_is_warned_of() {
    for (command, is_warned) in [
        ("/src/weather/target/debug/weather", true),
        ("/src/target/aarch64-apple-darwin/release/weather", true),
        ("/src/target/debug/examples/weather", true),
        ("/home/me/.cargo/bin/weather", false),
        ("/debug/target/weather", false),
    ] {
        assert_eq!(host::is_build_product(command), is_warned, "{command}");
    }
    let entry = Entry::this_program("tests".into(), vec!["--fast".into()], Vec::new()).unwrap();
    let Transport::Stdio { command, args, .. } = &entry.transport else { panic!("{entry:?}") };
    assert!(Path::new(command).is_absolute() && args == &["--fast"], "{entry:?}");
}

#[test]
fn a_variable_has_a_name_and_a_value() {
    assert_eq!(variable("KEY=a=b"), Ok(("KEY".into(), "a=b".into())));
    assert_eq!(variable("KEY="), Ok(("KEY".into(), String::new())));
    assert!(variable("KEY").is_err() && variable("=x").unwrap_err().contains("KEY=VALUE"));
}
