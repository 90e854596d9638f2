/** For tests only: installs one package after another into the folder of its first argument, and says each id, until killed. */
import { join } from 'node:path'
import { openInstalledPackages } from '../installed-packages.ts'
import { connection, testLog, testPackage } from './test-packages.ts'

const [folder = '', round = '0'] = process.argv.slice(2)
const packages = await openInstalledPackages({
  folder,
  builders: [{ name: 'test-builder', path: join(folder, 'builder'), propagateEnvironment: [] }],
  environment: { PATH: process.env.PATH },
  installTimeoutMs: 60_000,
  log: testLog().log,
})
process.stdout.write('ready\n')
for (let number = 0; ; number++) {
  const code = {
    'connection.json': JSON.stringify({ ...connection, address: `${round}.${number}:1` }),
    'big.txt': 'x'.repeat(200_000),
  }
  const { id } = await packages.install(await testPackage({ label: `r${round}-${number}`, code }))
  process.stdout.write(`${id}\n`)
}
