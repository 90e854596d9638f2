import type { CertificateFacts, IdentityRecord, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { moment } from '../moment.ts'
import { findNetwork } from '../network/find.ts'
import { type PageView, pageOfList } from '../paging.ts'

export interface CertificateView {
  organization: string
  use: string
  subject: string
  issuer: string
  serial: string
  notBefore: string
  notAfter: string
  daysLeft: number
  state: 'valid' | 'expiring' | 'expired'
  names: string[]
  role?: string | undefined
}

const dayMs = 86_400_000
/** Days before its end that a certificate counts as expiring: time enough for a renewal in working hours. */
const warnDays = 30

/** Every certificate of a network, the next to end first. @throws NOT_FOUND */
export async function listCertificates(
  context: Context,
  call: Call,
  { network: key, page }: { readonly network: string; readonly page: PageRequest },
): Promise<PageView<CertificateView>> {
  allow(call, 'identities:read')
  const network = await findNetwork(context, key)
  const ledger = context.ledger(network.runtime.kind)
  const now = context.clock.now()
  const views = (await context.store.identities.list(network.id)).map((record) =>
    viewCertificate(record, ledger.readCertificate(record.certificate), now),
  )
  return pageOfList(views, ({ notAfter, organization, use }) => `${notAfter} ${organization} ${use}`, page)
}

function viewCertificate(record: IdentityRecord, facts: CertificateFacts, now: number): CertificateView {
  const daysLeft = Math.floor((facts.notAfter - now) / dayMs)
  return {
    organization: record.organization,
    use: record.subject,
    subject: facts.subject,
    issuer: facts.issuer,
    serial: facts.serial,
    notBefore: moment(facts.notBefore),
    notAfter: moment(facts.notAfter),
    daysLeft,
    state: daysLeft < 0 ? 'expired' : daysLeft < warnDays ? 'expiring' : 'valid',
    names: [...facts.names],
    role: facts.role,
  }
}
