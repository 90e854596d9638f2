import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlatformError } from '@cello/model'
import { application } from './application.ts'
import { statusLine } from './status-line.ts'
import { textReport } from './text-report.ts'

function report(options: { readonly isTerminal?: boolean } = {}) {
  const printed: string[] = []
  const write = (text: string) => void printed.push(text)
  const made = textReport({ write, isTerminal: false, colour: false, installedAt: Date.now(), ...options })
  return { ...made, text: () => printed.join('') }
}

const server = { url: 'http://127.0.0.1:18080', dataDir: '/srv/cello', tokenFile: '/srv/cello/token' }

test('off a terminal nothing is drawn over, and every line fits', () => {
  const told = report()
  told.serving({ ...server, movedFrom: 18_079 })
  told.building('assets')
  told.fabric({ version: '3.1.5', source: 'path' }, [])
  told.answered(`{"id":"a","description":"${'long '.repeat(40)}"}`)
  told.stopped(true)
  assert.match(told.text(), /at http:\/\/127\.0\.0\.1:18080 \(port 18079 is taken\)/)
  assert.match(told.text(), /✓ Hyperledger Fabric 3\.1\.5, found on PATH\n/)
  assert.ok(!told.text().includes('\r'))
  const longest = Math.max(
    ...told
      .text()
      .split('\n')
      .map((line) => line.length),
  )
  assert.ok(longest <= 80, told.text())
})

test('without Fabric it is said what runs instead, and the command that gets the real thing', () => {
  const told = report()
  told.fabric(undefined, [])
  assert.match(
    told.text(),
    /No Hyper.* runs on the devnode, for development only\.\n.*npx cello fabric install 3\.1\.5\n/,
  )
})

test('Fabric that is here and cannot run is named, with the reason, before the devnode is taken', () => {
  const told = report()
  told.fabric(undefined, [{ program: '/opt/fabric/bin/peer', reason: 'it is made for another processor' }])
  assert.match(
    told.text(),
    /! No Hyperledger Fabric here can run, so .* devnode, .*\.\n {4}\/opt\/fabric\/bin\/peer: it is made for another processor\n.*install/,
  )
})

test('a failure is told with the last lines of the node and the next step', () => {
  const told = report()
  told.failed(
    new PlatformError('DEMO_FAILED', { detail: 'a node ended', nearest: 'Retry it.', lastLines: ['panic: x'] }),
  )
  assert.match(told.text(), /✗ .*a node ended\n {4}panic: x\n {4}Retry it\.\n\n {2}The server goes on/)
})

test('the application fits a terminal, in ten lines', () => {
  const lines = application(server).trimEnd().split('\n')
  assert.equal(lines.length, 10)
  assert.ok(lines.every((line) => line.length <= 80))
})

test('on a terminal the last line says what goes on, stays below what is written, and gives the cursor back', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const printed: string[] = []
  {
    using status = statusLine((text) => void printed.push(text), true)
    status.show('compiling')
    t.mock.timers.tick(80)
    assert.match(printed.at(-1) ?? '', /compiling … 80 ms$/)
    t.mock.timers.tick(20)
    status.write('a whole line\n')
    assert.match(printed.at(-1) ?? '', /a whole line\n[^]*compiling … 100 ms$/)
  }
  assert.match(printed[0] ?? '', /\?25l[^]*compiling … 0 ms$/)
  assert.match(printed.at(-1) ?? '', /\?25h$/)
})

test('who stops the server is told whether networks run on', () => {
  const [left, down] = [report(), report()]
  left.stopped(true)
  down.stopped(false)
  assert.match(left.text(), /networks go on running/)
  assert.match(down.text(), /no network runs/)
})
