//! Two hundred tools whose arguments and results are types in types: what a start costs (`docs/performance.md`).

use mcp_runtime::{Item, items, model, tool};

/// What is ordered.
#[model]
struct Order {
    /// Who ordered.
    customer: Customer,
    lines: Vec<Line>,
    express: Option<bool>,
}

/// Who orders.
#[model]
struct Customer {
    #[schemars(length(min = 1, max = 80))]
    name: String,
    address: Address,
    invoice: Option<Address>,
}

/// Where somebody lives.
#[model]
struct Address {
    street: String,
    city: String,
    #[schemars(regex(pattern = "^[0-9]{4,5}$"))]
    code: String,
}

/// So many of something.
#[model]
struct Line {
    item: String,
    #[schemars(range(min = 1, max = 100))]
    count: u32,
    wrapping: Wrapping,
}

#[model]
enum Wrapping {
    Paper { colour: String },
    Box { ribbon: bool },
    None,
}

/// What became of an order.
#[model]
struct Receipt {
    lines: Vec<Line>,
    cents: u64,
}

macro_rules! nested {
    ($($name:ident)*) => {
        $(
            /// Takes an order.
            #[tool]
            async fn $name(
                /// What is ordered.
                order: Order,
                /// What to tell the carrier.
                note: Option<String>,
            ) -> Receipt {
                let _ = note;
                Receipt { lines: order.lines, cents: 0 }
            }
        )*

        /// All of them, in order.
        pub(crate) fn all() -> Vec<Item> {
            items![$($name),*].into()
        }
    };
}

nested! {
    nested_000 nested_001 nested_002 nested_003 nested_004 nested_005 nested_006 nested_007
    nested_008 nested_009 nested_010 nested_011 nested_012 nested_013 nested_014 nested_015
    nested_016 nested_017 nested_018 nested_019 nested_020 nested_021 nested_022 nested_023
    nested_024 nested_025 nested_026 nested_027 nested_028 nested_029 nested_030 nested_031
    nested_032 nested_033 nested_034 nested_035 nested_036 nested_037 nested_038 nested_039
    nested_040 nested_041 nested_042 nested_043 nested_044 nested_045 nested_046 nested_047
    nested_048 nested_049 nested_050 nested_051 nested_052 nested_053 nested_054 nested_055
    nested_056 nested_057 nested_058 nested_059 nested_060 nested_061 nested_062 nested_063
    nested_064 nested_065 nested_066 nested_067 nested_068 nested_069 nested_070 nested_071
    nested_072 nested_073 nested_074 nested_075 nested_076 nested_077 nested_078 nested_079
    nested_080 nested_081 nested_082 nested_083 nested_084 nested_085 nested_086 nested_087
    nested_088 nested_089 nested_090 nested_091 nested_092 nested_093 nested_094 nested_095
    nested_096 nested_097 nested_098 nested_099 nested_100 nested_101 nested_102 nested_103
    nested_104 nested_105 nested_106 nested_107 nested_108 nested_109 nested_110 nested_111
    nested_112 nested_113 nested_114 nested_115 nested_116 nested_117 nested_118 nested_119
    nested_120 nested_121 nested_122 nested_123 nested_124 nested_125 nested_126 nested_127
    nested_128 nested_129 nested_130 nested_131 nested_132 nested_133 nested_134 nested_135
    nested_136 nested_137 nested_138 nested_139 nested_140 nested_141 nested_142 nested_143
    nested_144 nested_145 nested_146 nested_147 nested_148 nested_149 nested_150 nested_151
    nested_152 nested_153 nested_154 nested_155 nested_156 nested_157 nested_158 nested_159
    nested_160 nested_161 nested_162 nested_163 nested_164 nested_165 nested_166 nested_167
    nested_168 nested_169 nested_170 nested_171 nested_172 nested_173 nested_174 nested_175
    nested_176 nested_177 nested_178 nested_179 nested_180 nested_181 nested_182 nested_183
    nested_184 nested_185 nested_186 nested_187 nested_188 nested_189 nested_190 nested_191
    nested_192 nested_193 nested_194 nested_195 nested_196 nested_197 nested_198 nested_199
}
