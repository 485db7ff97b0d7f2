// Writes the JavaScript of the package to dist; the compiler has written its declarations there.
import { fileURLToPath } from 'node:url'
import { bundlePackage } from './bundle.ts'

bundlePackage(fileURLToPath(new URL('../../dist', import.meta.url)))
