/** Alarms by e-mail: one message for all that is new, however much that is. */
import { createHash } from 'node:crypto'
import { createTransport } from 'nodemailer'
import type { Micros } from '../../schemas/kernel/time.ts'
import { alarmText } from '../alarm-text.ts'
import type { EmailConfig } from './config.ts'
import type { News } from './news.ts'

/** So many are told in whole; the others are counted. */
const MOST_TOLD = 50
const PATIENCE_MILLIS = 20_000

export type Message = Readonly<{ subject: string; text: string; messageId: string }>

type About = Readonly<{ now: Micros; log: string; console: string | undefined }>

/** @returns null where nothing is new. The same news have the same id, by which a reader's server may drop what it was sent twice */
export function messageOf({ raised, over, told }: News, { now, log, console }: About): Message | null {
  if (raised.length + over.length === 0) return null
  const [first] = [...raised, ...over]
  const others = raised.length + over.length - 1
  const what = `${first.resolved === null ? first.severity : 'over'}: ${first.check} of ${first.thing}`
  const shown = [...raised, ...over].slice(0, MOST_TOLD).map((alarm) => alarmText(alarm, now))
  const left = raised.length + over.length - shown.length
  const positions = [...raised, ...over].map(({ position }) => position)
  const id = createHash('sha256')
    .update(JSON.stringify([log, told.position, positions]))
    .digest('hex')
  return {
    subject: `[asof] ${what}${others > 0 ? `, and ${others} more` : ''}`,
    text: [
      `${raised.length} alarms are new, ${over.length} are over.`,
      ...shown,
      ...(left > 0 ? [`and ${left} more: asof alarms --all lists them`] : []),
      ...(console === undefined ? [] : [`${console.replace(/\/+$/, '')}/#/alarms`]),
    ].join('\n\n'),
    messageId: `<${id.slice(0, 32)}@asof.local>`,
  }
}

export type Mail = Readonly<{ send: (message: Message) => Promise<void>; close: () => void }>

/** @param password of the user, null where nobody is asked for one */
export function mailer(config: EmailConfig, password: string | null, patienceMillis = PATIENCE_MILLIS): Mail {
  const { host, port, tls, user, from, to } = config
  const transport = createTransport({
    ...{ host, port, secure: tls === 'implicit', requireTLS: tls === 'starttls', ignoreTLS: tls === 'none' },
    ...(user !== undefined && password !== null && { auth: { user, pass: password } }),
    ...{ connectionTimeout: patienceMillis, greetingTimeout: patienceMillis, socketTimeout: patienceMillis },
    // Texts come from vendors and people: none of them is a file or an address to be fetched.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
  return {
    async send(message) {
      await transport.sendMail({ ...message, from, to: [...to] })
    },
    close: () => transport.close(),
  }
}
