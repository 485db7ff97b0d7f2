import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readUtf8 } from './native-utf8.ts'
import { withJavaSurrogates } from './surrogate-bytes.ts'

/** Between other bytes, so that the bounds count. */
function read(hex: string): string {
  const bytes = Buffer.from(`eda0${hex}80`, 'hex')
  return withJavaSurrogates(readUtf8(bytes, 2, bytes.length - 1), bytes, 2, bytes.length - 1)
}

// What `new String(bytes, UTF_8)` of Java 17 gives.
const cases: Readonly<Record<string, string>> = {
  eda080: '\ufffd',
  '61eda08062': 'a\ufffdb',
  eda080edb080: '\ufffd\ufffd',
  eda0: '\ufffd',
  eda041: '\ufffdA',
  ed: '\ufffd',
  ed9fbf: '\ud7ff',
  edbfbfff: '\ufffd\ufffd',
  e282eda080: '\ufffd\ufffd',
  f09f9880eda08062: '😀\ufffdb',
  c0af: '\ufffd\ufffd',
  efbfbd: '\ufffd',
}

for (const [hex, text] of Object.entries(cases)) {
  test(`withJavaSurrogates reads ${hex} as Java does`, () => {
    assert.equal(read(hex), text)
  })
}
