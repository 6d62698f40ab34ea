//! The names of what commonly goes wrong with hosts, and where that is known from.

use std::fmt;

/// Something that is allowed, and that hosts are known to stumble over: [`Server::lint`](crate::Server::lint) finds it.
///
/// An item says that it is meant, `#[tool(allow(missing_description, long_name))]`, or the server says it for all of its items,
/// [`Server::allow`](crate::Server::allow).
///
/// | Lint | What it finds | Known from |
/// | --- | --- | --- |
/// | `missing_description` | an item without a description; a tool without one is not called, or its request is refused | [VS Code](https://github.com/DavidHDev/react-bits/issues/411), [Copilot](https://github.com/anomalyco/opencode/issues/14488) |
/// | `undescribed_parameter` | an argument of a tool or a prompt without one: the model has to guess | the same |
/// | `long_description` | a description of a tool, or instructions, of more than 2 KB: the rest is cut off | [Claude Code](https://code.claude.com/docs/en/mcp) |
/// | `long_name` | a tool whose name has more than 64 characters, or 60 and more together with the name of the server: it is left out | [Cursor](https://github.com/ComposioHQ/composio/issues/2788), [VS Code](https://github.com/microsoft/vscode/issues/243602), [Claude](https://github.com/jamiepine/voicebox/issues/590) |
/// | `rejected_name` | a tool with a `.` in its name, which the protocol allows | [Claude](https://github.com/barryw/ImmichMCP/issues/4), [OpenAI](https://github.com/openai/codex/issues/8174) |
/// | `rejected_schema` | `anyOf`, `oneOf`, `allOf` or a condition at the top of the arguments | [Claude](https://github.com/anthropics/claude-code/issues/95504), [OpenAI](https://github.com/makenotion/notion-mcp-server/issues/340) |
/// | | the name of an argument that is not of 1 to 64 letters, digits, `_`, `.` and `-` | [Claude](https://github.com/anthropics/claude-code/issues/79418) |
/// | | a list that does not say what it holds | [OpenAI](https://github.com/ruvnet/ruflo/issues/1294), [VS Code](https://github.com/agentscope-ai/ReMe/issues/84) |
/// | | a schema that refers to itself | [Gemini](https://github.com/google-gemini/gemini-cli/issues/14945), [Claude Code](https://github.com/anthropics/claude-code/issues/77106) |
/// | `many_tools` | more than 40 tools that are switched on: some are not offered to the model | [Cursor](https://github.com/anyproto/anytype-mcp/issues/5), [others](https://github.com/keanemind/jj-mcp-server/issues/1) |
/// | `unused_allow` | an `allow` that allows nothing that is there | |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lint {
    /// An item without a description.
    MissingDescription,
    /// An argument without a description.
    UndescribedParameter,
    /// A description or instructions that hosts cut off.
    LongDescription,
    /// A name that is longer than hosts take.
    LongName,
    /// A name with characters that hosts refuse.
    RejectedName,
    /// A schema that hosts refuse.
    RejectedSchema,
    /// More tools than hosts offer to a model.
    ManyTools,
    /// An `allow` that allows nothing that is there.
    UnusedAllow,
}

impl Lint {
    /// The name by which it is allowed, such as `long_name`.
    ///
    /// ```
    /// assert_eq!(mcp_runtime::Lint::LongName.as_str(), "long_name");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingDescription => "missing_description",
            Self::UndescribedParameter => "undescribed_parameter",
            Self::LongDescription => "long_description",
            Self::LongName => "long_name",
            Self::RejectedName => "rejected_name",
            Self::RejectedSchema => "rejected_schema",
            Self::ManyTools => "many_tools",
            Self::UnusedAllow => "unused_allow",
        }
    }
}

/// Its name.
impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
