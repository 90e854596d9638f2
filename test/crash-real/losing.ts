import type { FaultRules } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { Driver, Ledger } from '@cello/ports'

/** The driver, where what rules say is done and the answer lost. */
export function losingDriver(driver: Driver, faults: FaultRules): Driver {
  return losing(driver, faults, () => new PlatformError('HOST_UNREACHABLE', { host: 'local', detail: 'timed out' }))
}

/** The ledger with its sessions, likewise. */
export function losingLedger(ledger: Ledger, faults: FaultRules): Ledger {
  const lost = () => new PlatformError('NODE_UNREACHABLE', { node: 'some node', detail: 'timed out' })
  const open: Ledger['open'] = (network, access) => losing(ledger.open(network, access), faults, lost)
  return losing({ ...ledger, open }, faults, lost)
}

function losing<T extends object>(target: T, faults: FaultRules, lost: () => Error): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(value, object, args)
        if (!(answer instanceof Promise)) return answer
        return answer.then((result: unknown) => {
          if (faults.strike(String(name), [])) throw lost()
          return result
        })
      }
    },
  })
}
