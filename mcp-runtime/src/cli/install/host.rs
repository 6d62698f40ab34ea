//! What the hosts' documentation says of their configuration files: where they are, and how they are written. Does no I/O.

use std::path::{Component, Path, PathBuf};

use super::fault::Fault;

/// A program that starts servers, or connects to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// <https://modelcontextprotocol.io/docs/develop/connect-local-servers>
    ClaudeDesktop,
    /// <https://code.claude.com/docs/en/mcp>
    ClaudeCode,
    /// <https://cursor.com/docs/mcp.md>
    Cursor,
    /// <https://code.visualstudio.com/docs/copilot/reference/mcp-configuration>
    VsCode,
    /// Any other that reads the widespread form.
    Json,
}

/// For which of the user's projects a host shall know the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// For all.
    User,
    /// For the one in the current directory; its file is usually shared with others.
    Project,
}

/// How a host writes its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The key of the object that has the entries.
    pub(super) section: &'static str,
    /// Whether entries say their transport in `type`; otherwise it follows from the other keys.
    pub(super) has_type: bool,
}

/// The system decides where programs keep their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Linux,
    MacOs,
    Windows,
}

/// The folders from which those of the hosts follow.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    pub(crate) system: System,
    pub(crate) home: Option<PathBuf>,
    /// `APPDATA`, on Windows.
    pub(crate) roaming: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`, on Linux.
    pub(crate) config: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`.
    pub(crate) claude_code: Option<PathBuf>,
    /// Where the packaged Claude Desktop of Windows keeps its files, if it is installed.
    pub(crate) claude_package: Option<PathBuf>,
    /// The current directory.
    pub(crate) project: PathBuf,
}

impl Host {
    pub(crate) const ALL: [Self; 5] = [Self::ClaudeDesktop, Self::ClaudeCode, Self::Cursor, Self::VsCode, Self::Json];

    /// As the command line has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "claude-desktop",
            Self::ClaudeCode => "claude-code",
            Self::Cursor => "cursor",
            Self::VsCode => "vscode",
            Self::Json => "json",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.name() == name)
    }

    /// As its users know it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Claude Desktop",
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
            Self::VsCode => "VS Code",
            Self::Json => "the host",
        }
    }

    pub(super) fn form(self) -> Form {
        match self {
            Self::ClaudeDesktop | Self::Cursor => Form { section: "mcpServers", has_type: false },
            Self::ClaudeCode | Self::Json => Form { section: "mcpServers", has_type: true },
            Self::VsCode => Form { section: "servers", has_type: true },
        }
    }

    /// Claude Desktop "will not connect to remote servers that are configured directly via `claude_desktop_config.json`":
    /// <https://support.claude.com/en/articles/11503834-building-custom-integrations-via-remote-mcp-servers>.
    pub(super) fn takes_http(self) -> bool {
        match self {
            Self::ClaudeDesktop => false,
            Self::ClaudeCode | Self::Cursor | Self::VsCode | Self::Json => true,
        }
    }

    /// What makes the host see a change.
    pub(super) fn afterwards(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "quit Claude Desktop and start it again: it reads the file only then",
            Self::ClaudeCode => {
                "a new session of Claude Code sees it, `/mcp` shows it; an open session may write the same file: close it first"
            }
            Self::Cursor => "Cursor shows it under Settings > MCP",
            Self::VsCode => "VS Code shows it under `MCP: List Servers`",
            Self::Json => "most hosts read it when they start",
        }
    }

    /// Where the host looks for servers; `None` for one that is not known.
    ///
    /// - Claude Desktop and its package on Windows, which reads elsewhere than is documented:
    ///   <https://github.com/anthropics/claude-code/issues/26073>; on Linux
    ///   <https://github.com/aaddrick/claude-desktop-debian/issues/1>.
    /// - Claude Code: <https://code.claude.com/docs/en/mcp>, and `CLAUDE_CONFIG_DIR`:
    ///   <https://github.com/microsoft/apm/pull/2096>.
    /// - Cursor: <https://cursor.com/docs/mcp.md>.
    /// - VS Code, in its default profile: <https://code.visualstudio.com/docs/getstarted/settings#_settings-file-locations>.
    pub(super) fn file(self, scope: Scope, folders: &Folders) -> Result<Option<PathBuf>, Fault> {
        match (self, scope) {
            (Self::Json, Scope::User | Scope::Project) => Ok(None),
            (Self::ClaudeDesktop, Scope::Project) => Err(Fault::NoProjects(self.title())),
            (Self::ClaudeCode, Scope::Project) => Ok(Some(folders.project.join(".mcp.json"))),
            (Self::Cursor, Scope::Project) => Ok(Some(folders.project.join(".cursor").join("mcp.json"))),
            (Self::VsCode, Scope::Project) => Ok(Some(folders.project.join(".vscode").join("mcp.json"))),
            (_, Scope::User) => self.user_file(folders).map(Some).ok_or(Fault::NoHome),
        }
    }

    fn user_file(self, folders: &Folders) -> Option<PathBuf> {
        match self {
            Self::ClaudeDesktop => {
                let folder = folders.claude_package.clone().or_else(|| Some(folders.applications()?.join("Claude")))?;
                Some(folder.join("claude_desktop_config.json"))
            }
            Self::ClaudeCode => Some(folders.claude_code.as_ref().or(folders.home.as_ref())?.join(".claude.json")),
            Self::Cursor => Some(folders.home.as_ref()?.join(".cursor").join("mcp.json")),
            Self::VsCode => Some(folders.applications()?.join("Code").join("User").join("mcp.json")),
            Self::Json => None,
        }
    }
}

impl Folders {
    /// Where programs like Claude Desktop and VS Code keep what they know of a user, each in a folder of its own:
    /// `appData` in <https://www.electronjs.org/docs/latest/api/app#appgetpathname>.
    fn applications(&self) -> Option<PathBuf> {
        let at_home = |path: &str| Some(self.home.as_ref()?.join(path));
        match self.system {
            System::Linux => self.config.clone().filter(|path| path.is_absolute()).or_else(|| at_home(".config")),
            System::MacOs => at_home("Library").map(|library| library.join("Application Support")),
            System::Windows => self.roaming.clone(),
        }
    }
}

/// Whether `cargo clean` takes the file away: it lies in one of Cargo's folders for what it builds.
pub(super) fn is_build_product(command: &str) -> bool {
    let mut folders = Path::new(command).components().map(Component::as_os_str);
    folders.any(|folder| folder == "target") && folders.any(|folder| folder == "debug" || folder == "release")
}
