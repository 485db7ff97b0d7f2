import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { clientSoftware } from './client-software.ts'

test('clientSoftware has the name and version of the package', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Record<string, string>
  assert.deepEqual(clientSoftware, { clientSoftwareName: name, clientSoftwareVersion: version })
})
