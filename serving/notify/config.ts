/** Whom alarms are told outside Asof: an Alertmanager, or what takes its messages, and people by e-mail. */
import { z } from 'zod'

export const everySeconds = z.int().min(1).max(3_600)
/** A variable of the environment that holds a secret. */
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'write the name of a variable, as SMTP_PASSWORD')
const file = z.string().min(1)

export const httpAddress = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !/^https?:\/\/[^/]*@/.test(text), {
    message: 'name the file or the variable with its token, and write no password into the address',
  })

/** A token that is sent as `Authorization: Bearer`. */
export const bearerShape = { tokenFile: file.optional(), tokenVariable: variable.optional() }
type Bearer = Readonly<{ tokenFile?: string | undefined; tokenVariable?: string | undefined }>
export const hasOneToken = ({ tokenFile, tokenVariable }: Bearer): boolean =>
  tokenFile === undefined || tokenVariable === undefined
export const TWO_TOKENS = {
  message: 'a token comes from a file or from the environment',
  path: ['tokenVariable'],
}

const webhookConfig = z
  .strictObject({
    /** Where alerts are posted, whole: `http://alertmanager:9093/api/v2/alerts`. */
    url: httpAddress,
    ...bearerShape,
    everySeconds: everySeconds.default(30),
  })
  .refine(hasOneToken, TWO_TOKENS)

const emailConfig = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().positive().max(65_535).default(587),
    /** `starttls`: on a plain connection that must become one; `implicit`: from the start (port 465). */
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
    user: z.string().min(1).optional(),
    passwordFile: file.optional(),
    passwordVariable: variable.optional(),
    from: z.email(),
    to: z.array(z.email()).min(1).max(50),
    everySeconds: everySeconds.default(60),
  })
  .refine(
    ({ user, passwordFile, passwordVariable }) =>
      [passwordFile, passwordVariable].filter((one) => one !== undefined).length ===
      (user === undefined ? 0 : 1),
    { message: 'a user needs a passwordFile or a passwordVariable, and nobody else', path: ['user'] },
  )
  .refine(({ tls, user }) => tls !== 'none' || user === undefined, {
    message: 'a password goes over TLS alone',
    path: ['tls'],
  })

export const notifyConfig = z
  .strictObject({
    /** Where people find the console: links lead there. */
    console: z.url({ protocol: /^https?$/ }).optional(),
    webhook: webhookConfig.optional(),
    email: emailConfig.optional(),
  })
  .refine(({ webhook, email }) => webhook !== undefined || email !== undefined, {
    message: 'name a webhook or an e-mail server',
  })
export type NotifyConfig = z.infer<typeof notifyConfig>
export type WebhookConfig = z.infer<typeof webhookConfig>
export type EmailConfig = z.infer<typeof emailConfig>

/** Paths as they are from the folder. */
export function placedNotify(config: NotifyConfig, at: (path: string) => string): NotifyConfig {
  const { webhook, email } = config
  return {
    ...config,
    ...(webhook?.tokenFile !== undefined && { webhook: { ...webhook, tokenFile: at(webhook.tokenFile) } }),
    ...(email?.passwordFile !== undefined && { email: { ...email, passwordFile: at(email.passwordFile) } }),
  }
}
