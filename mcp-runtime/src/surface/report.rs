//! What has changed, and what the version has to become for it.

use std::fmt;

/// Something that has changed between two surfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SurfaceChange {
    /// Where: `tools.add.inputSchema.unit`, `capabilities.tools.listChanged`.
    pub path: String,
    /// What has become of it, and why that breaks clients if it does.
    pub text: String,
    /// What it means for clients.
    pub impact: Impact,
}

/// What a change means for the clients of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// Some of them do not get any more what they rely on: something was removed or narrowed.
    Breaks,
    /// They can do more than before.
    Adds,
    /// They can do what they could do: a text, a hint, a picture is another one.
    Neither,
}

/// What has changed between two surfaces: [`Surface::since`](crate::Surface::since). It displays itself as text of several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurfaceReport {
    then: String,
    now: String,
    changes: Vec<SurfaceChange>,
}

impl SurfaceReport {
    /// Sorts by what matters most; within that, the order stays.
    pub(super) fn new(then: String, now: String, mut changes: Vec<SurfaceChange>) -> Self {
        changes.sort_by_key(|change| change.impact);
        Self { then, now, changes }
    }

    /// Every change: first what breaks clients, then what is added, then the rest.
    pub fn changes(&self) -> &[SurfaceChange] {
        &self.changes
    }

    /// Whether any change breaks clients.
    pub fn is_breaking(&self) -> bool {
        self.impact() == Some(Impact::Breaks)
    }

    /// Whether the version is high enough now for what has changed, by [Semantic Versioning](https://semver.org): what breaks
    /// clients needs another major version, what adds something another minor version; below 1.0.0 it is the minor version and the
    /// patch. A version that is not of that kind never is high enough.
    pub fn is_version_enough(&self) -> bool {
        let needed = self.impact().map(|impact| (impact, Version::read(&self.then).map(|then| then.after(impact))));
        match needed {
            None | Some((Impact::Neither, _)) => true,
            Some((_, None)) => false,
            Some((_, Some(least))) => Version::read(&self.now).is_some_and(|now| now >= least),
        }
    }

    /// The gravest of all effects.
    fn impact(&self) -> Option<Impact> {
        self.changes.iter().map(|change| change.impact).min()
    }

    fn verdict(&self) -> String {
        let Self { then, now, .. } = self;
        let (impact, is_enough) = (self.impact(), self.is_version_enough());
        let word = match impact {
            None => return "nothing has changed".to_owned(),
            Some(Impact::Neither) => return "neither: the version can stay".to_owned(),
            Some(Impact::Breaks) => "breaking",
            Some(Impact::Adds) => "added",
        };
        let least = impact.zip(Version::read(then)).map(|(impact, version)| version.after(impact));
        match least {
            None => format!(
                "{word}: the version on record, `{then}`, is not of the form 1.2.3, so that it tells clients nothing"
            ),
            Some(_) if is_enough => format!("{word}: the version has gone from {then} to {now}, which is enough"),
            Some(least) => format!(
                "{word}: the version has to go from {then} to {least} at least, and it is {now}; if {then} is not released yet, it can stay"
            ),
        }
    }
}

/// All changes by their impact, then what has to become of the version.
impl fmt::Display for SurfaceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sections =
            [(Impact::Breaks, "breaks clients"), (Impact::Adds, "adds something"), (Impact::Neither, "does neither")];
        for (impact, title) in sections {
            let mut changes = self.changes.iter().filter(|change| change.impact == impact).peekable();
            if changes.peek().is_some() {
                writeln!(f, "{title}:")?;
                changes.try_for_each(|SurfaceChange { path, text, .. }| writeln!(f, "- {path}: {text}"))?;
                writeln!(f)?;
            }
        }
        f.write_str(&self.verdict())
    }
}

/// The three numbers of a version. What comes before a release counts as the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u64, u64, u64);

impl Version {
    fn read(text: &str) -> Option<Self> {
        let numbers = text.split(['-', '+']).next()?;
        let mut numbers = numbers.split('.').map(|number| number.parse().ok());
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }

    /// The least version in which such a change may come, as Cargo understands versions below 1.0.0.
    fn after(self, impact: Impact) -> Self {
        let Self(major, minor, patch) = self;
        match (impact, major, minor) {
            (Impact::Neither, _, _) => self,
            (Impact::Breaks, 0, 0) | (Impact::Adds, 0, _) => Self(major, minor, patch.saturating_add(1)),
            (Impact::Breaks, 0, _) | (Impact::Adds, _, _) => Self(major, minor.saturating_add(1), 0),
            (Impact::Breaks, _, _) => Self(major.saturating_add(1), 0, 0),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(major, minor, patch) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}
