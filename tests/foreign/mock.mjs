// Prism's mock of a document: `node mock.mjs --document openapi.yaml`. It replays the document's examples.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import process from 'node:process'
import { option, ready } from './common.mjs'

const prism = createRequire(import.meta.url).resolve('@stoplight/prism-cli/dist/index.js')

function freePort () {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

const port = Number(option('port', 0)) || await freePort()
const mock = spawn(process.execPath, [prism, 'mock', '-h', '127.0.0.1', '-p', String(port), option('document')])
const end = () => { mock.kill(); process.exit(0) }
mock.on('exit', (code) => process.exit(code ?? 1))
mock.stdout.on('data', (octets) => {
  // the mock serves the document's paths at the root, whatever path its servers have
  if (String(octets).includes('is listening on')) ready(`http://127.0.0.1:${port}`, end)
})
mock.stderr.pipe(process.stderr)
process.on('SIGTERM', end)
