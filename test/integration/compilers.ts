import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The compilers that the published declarations are promised to. */
export const compilers = [
  { version: '7.0', path: fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url)) },
  { version: '5.5', path: fileURLToPath(new URL('../../tools/node_modules/typescript/bin/tsc', import.meta.url)) },
] as const

export type Compiler = (typeof compilers)[number]

/** What a compiler printed about a project. */
export async function compile({ path }: Compiler, project: string): Promise<string> {
  const child = spawn(process.execPath, [path, '-p', project, '--extendedDiagnostics'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk)
  assert.match(output, /^Instantiations:/m, `the compiler ran: ${output}`)
  return output
}

/** The errors in what a compiler printed, without the statistics behind them. */
export function errorsIn(output: string): string {
  return output.slice(0, output.search(/^Files:/m))
}
