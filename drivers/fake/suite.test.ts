import { describeDriver } from '@cello/ports/suites/driver'
import { fakeDriver, NodeWorld } from './index.ts'
import { suiteHost } from './suite-host.ts'

describeDriver(
  'fake',
  async () => suiteHost(new NodeWorld()),
  fakeDriver({ world: new NodeWorld(), host: 'x' }).capabilities,
)
