//! Tools that make the list long and are never called.

use mcp_runtime::{Item, items, tool};

macro_rules! dummies {
    ($($name:ident)*) => {
        $(
            /// A dummy tool, here to make the tool list long.
            #[tool]
            async fn $name(
                /// Where to look.
                path: String,
                /// How many entries to return at most.
                limit: Option<i64>,
                /// Whether to go into folders.
                recursive: Option<bool>,
            ) -> &'static str {
                let _ = (path, limit, recursive);
                "dummy"
            }
        )*

        /// All of them, in order.
        pub(crate) fn all() -> Vec<Item> {
            items![$($name),*].into()
        }
    };
}

dummies! {
    dummy_004 dummy_005 dummy_006 dummy_007 dummy_008 dummy_009 dummy_010 dummy_011 dummy_012 dummy_013
    dummy_014 dummy_015 dummy_016 dummy_017 dummy_018 dummy_019 dummy_020 dummy_021 dummy_022 dummy_023
    dummy_024 dummy_025 dummy_026 dummy_027 dummy_028 dummy_029 dummy_030 dummy_031 dummy_032 dummy_033
    dummy_034 dummy_035 dummy_036 dummy_037 dummy_038 dummy_039 dummy_040 dummy_041 dummy_042 dummy_043
    dummy_044 dummy_045 dummy_046 dummy_047 dummy_048 dummy_049 dummy_050 dummy_051 dummy_052 dummy_053
    dummy_054 dummy_055 dummy_056 dummy_057 dummy_058 dummy_059 dummy_060 dummy_061 dummy_062 dummy_063
    dummy_064 dummy_065 dummy_066 dummy_067 dummy_068 dummy_069 dummy_070 dummy_071 dummy_072 dummy_073
    dummy_074 dummy_075 dummy_076 dummy_077 dummy_078 dummy_079 dummy_080 dummy_081 dummy_082 dummy_083
    dummy_084 dummy_085 dummy_086 dummy_087 dummy_088 dummy_089 dummy_090 dummy_091 dummy_092 dummy_093
    dummy_094 dummy_095 dummy_096 dummy_097 dummy_098 dummy_099 dummy_100 dummy_101 dummy_102 dummy_103
    dummy_104 dummy_105 dummy_106 dummy_107 dummy_108 dummy_109 dummy_110 dummy_111 dummy_112 dummy_113
    dummy_114 dummy_115 dummy_116 dummy_117 dummy_118 dummy_119 dummy_120 dummy_121 dummy_122 dummy_123
    dummy_124 dummy_125 dummy_126 dummy_127 dummy_128 dummy_129 dummy_130 dummy_131 dummy_132 dummy_133
    dummy_134 dummy_135 dummy_136 dummy_137 dummy_138 dummy_139 dummy_140 dummy_141 dummy_142 dummy_143
    dummy_144 dummy_145 dummy_146 dummy_147 dummy_148 dummy_149 dummy_150 dummy_151 dummy_152 dummy_153
    dummy_154 dummy_155 dummy_156 dummy_157 dummy_158 dummy_159 dummy_160 dummy_161 dummy_162 dummy_163
    dummy_164 dummy_165 dummy_166 dummy_167 dummy_168 dummy_169 dummy_170 dummy_171 dummy_172 dummy_173
    dummy_174 dummy_175 dummy_176 dummy_177 dummy_178 dummy_179 dummy_180 dummy_181 dummy_182 dummy_183
    dummy_184 dummy_185 dummy_186 dummy_187 dummy_188 dummy_189 dummy_190 dummy_191 dummy_192 dummy_193
    dummy_194 dummy_195 dummy_196 dummy_197 dummy_198 dummy_199
}
