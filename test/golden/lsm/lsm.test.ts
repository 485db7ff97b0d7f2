import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { VirtualWorld } from '../../../src/base/virtual-environment.ts'
import { ByteSlice } from '../../../src/state/byte-slice.ts'
import { slice, textOf } from '../../../src/state/contract.ts'
import { FILE_VERSION } from '../../../src/state/engines/lsm/files/file-format.ts'
import { MANIFEST_VERSION } from '../../../src/state/engines/lsm/manifest.ts'
import { contentOf, DIRECTORY, fillTask, type GoldenContent, openTask } from './golden-task.ts'

const versions = readdirSync(import.meta.dirname).filter((name) => /^v\d+$/.test(name))

function filesOf(version: string): Map<string, Buffer> {
  const folder = join(import.meta.dirname, version)
  const names = readdirSync(folder).filter((name) => name !== 'content.json')
  return new Map(names.map((name) => [`${DIRECTORY}/${name}`, readFileSync(join(folder, name))]))
}

test('the lsm engine reads every row of the files of every version', () => {
  assert.deepEqual(versions, ['v1'])
  for (const version of versions) {
    const world = new VirtualWorld()
    for (const [path, content] of filesOf(version)) world.disk.write(path, content)
    const { engine, warnings } = openTask(world)
    const expected = JSON.parse(readFileSync(join(import.meta.dirname, version, 'content.json'), 'utf8')) as GoldenContent
    assert.deepEqual(contentOf(engine), expected)
    const found = new ByteSlice()
    for (const [store, { rows }] of Object.entries(expected)) {
      for (const [key, value] of rows) {
        assert.ok(engine.store(store).get(slice(key), found), `${store} has "${key}"`)
        assert.equal(textOf(found), value)
      }
    }
    assert.deepEqual(warnings(), [])
    engine.close()
  }
})

test('the lsm engine writes the files of its version byte by byte', () => {
  // A change of one of these bytes is a new version, whose files come beside those of the older ones.
  assert.deepEqual([FILE_VERSION, MANIFEST_VERSION], [1, 1])
  const { engine, world } = openTask()
  fillTask(engine)
  engine.close()
  const files = filesOf('v1')
  assert.deepEqual(world.disk.paths(), [...files.keys()].toSorted())
  for (const [path, content] of files) assert.ok(world.disk.read(path)!.equals(content), `${path} is the same`)
})
