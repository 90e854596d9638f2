import { errorCatalogue, type Retry } from '@cello/model'

const retryWords: Readonly<Record<Retry, string>> = {
  now: 'at once',
  later: 'after a while',
  never: 'not without a change',
}

/** docs/errors.md: the error catalogue, a section for each code, so that each can be linked to. */
export function errorPage(): string {
  const sections = Object.entries(errorCatalogue).map(([code, { status, retry, message, next }]) =>
    [
      `## ${code}`,
      '',
      plain(message),
      '',
      `- HTTP status: ${status}`,
      `- Trying again: ${retryWords[retry]}`,
      `- Next: ${plain(next)}`,
    ].join('\n'),
  )
  return `${[heading, ...sections].join('\n\n')}\n`
}

const heading = `# Errors

Every error that Cello gives out. The code is the \`code\` of the problem document that the API answers with, and what the
command line prints; \`{words}\` stand for facts of the case. Made from \`packages/model/errors.ts\` by \`npm run docs\`.`

/** Fields in code marks, so that no Markdown reader takes them for its own. */
function plain(text: string): string {
  const parts = text.split('`')
  return parts
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/\{\w+\}/g, '`$&`').replaceAll('<', '&lt;') : part))
    .join('`')
}
