import { existsSync, readdirSync } from 'node:fs'

// npm run example NAME: runs one of the programs beside this file. Each checks its own result and says so in its last line.

const here = new URL('./', import.meta.url)
const names = readdirSync(here).filter((name) => existsSync(new URL(`${name}/main.ts`, here)))
const [name, ...rest] = process.argv.slice(2)

if (name === undefined || name === '--help') {
  process.stdout.write(`Usage: npm run example NAME\n\n${names.map((known) => `  ${known}\n`).join('')}`)
} else if (!names.includes(name)) {
  process.stderr.write(`There is no example "${name}"; there are ${names.join(', ')}\n`)
  process.exitCode = 2
} else {
  // Examples read their options from the command line as if they had been started by themselves.
  process.argv = [...process.argv.slice(0, 2), ...rest]
  await import(new URL(`${name}/main.ts`, here).href)
}
