// Writes the golden files of a version: `node --conditions=ours-src test/golden/lsm/write-files.ts v1`. Only for a new version of the format:
// those of older versions stay as they are for ever.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentOf, DIRECTORY, fillTask, openTask } from './golden-task.ts'

const version = process.argv[2] ?? ''
const folder = join(import.meta.dirname, version)
if (!/^v\d+$/.test(version) || existsSync(folder))
  throw new Error(`Cannot write files of version "${version}": there are some, or it is no version`)
const { engine, world } = openTask()
fillTask(engine)
mkdirSync(folder)
writeFileSync(join(folder, 'content.json'), `${JSON.stringify(contentOf(engine), null, 1)}\n`)
engine.close()
for (const path of world.disk.paths()) writeFileSync(join(folder, path.slice(DIRECTORY.length + 1)), world.disk.read(path)!)
