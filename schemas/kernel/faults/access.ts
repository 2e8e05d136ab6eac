/** Expected failures of the doors: who asks, and what is asked. */
import { type FaultRow, row } from './row.ts'

export const ACCESS = {
  'request.malformed': row(
    400,
    'INVALID_ARGUMENT',
    'The request cannot be read: {problem}. Correct it and send it again.',
  ),
  'request.too-large': row(
    413,
    'RESOURCE_EXHAUSTED',
    'The request has more than {bytes} bytes. Send files as uploads: /api/v1/uploads takes them as a stream.',
  ),
  'request.headers-too-large': row(
    431,
    'RESOURCE_EXHAUSTED',
    'The headers of the request are too large: there may be {most} of them, with {bytes} bytes in all. Send fewer.',
  ),
  'request.no-room': row(
    503,
    'RESOURCE_EXHAUSTED',
    'Others are sending all that there is room for at a time ({most}), and this was not read. Send it again in a moment.',
  ),
  'request.too-slow': row(
    408,
    'DEADLINE_EXCEEDED',
    'The request did not come in time, and its connection is closed. Send it again.',
  ),
  'server.none': row(409, 'FAILED_PRECONDITION', 'No server runs over {folder}. Start one first: asof up.'),
  'server.port-taken': row(
    503,
    'UNAVAILABLE',
    'Nothing can listen on port {port} for gRPC ({problem}). Free it, or say another one: --grpc-port.',
  ),
  'server.gone': row(
    503,
    'UNAVAILABLE',
    'The server at {url} ended before it answered ({problem}). Start it again and repeat the command: what was done is not done twice.',
  ),
  'route.unknown': row(
    404,
    'NOT_FOUND',
    'Nothing answers {method} {path}. /openapi.json lists what is answered.',
  ),
  'http.foreign-host': row(
    421,
    'PERMISSION_DENIED',
    'This server does not answer as "{host}". Ask it under the address that it listens on, or start it with --allow-host and that name.',
  ),
  'http.foreign-origin': row(
    403,
    'PERMISSION_DENIED',
    'A page of {origin} may not ask this server. Ask from a page of its own, or start it with --allow-host and the name of that one.',
  ),
  internal: row(500, 'INTERNAL', '{problem}. This is a defect in Asof: report it with what was asked.'),
  'access.unauthenticated': row(
    401,
    'UNAUTHENTICATED',
    'Who asks is not known: {why}. Send "Authorization: Bearer" with a token (asof token create makes one).',
  ),
  'access.denied': row(
    403,
    'PERMISSION_DENIED',
    '{subject} has the roles {roles}, and none of them may {permission}. Ask with a token of a role that may.',
  ),
  'access.token-in-query': row(
    400,
    'INVALID_ARGUMENT',
    'A token stands in the address, where logs and histories keep it. Revoke it, and send the next one in the Authorization header.',
  ),
  'access.link-spent': row(
    410,
    'NOT_FOUND',
    'This link was used, or its time is over. asof up prints another when it starts, and POST /api/v1/links gives one to the owner.',
  ),
  'access.keys-unreachable': row(
    503,
    'UNAVAILABLE',
    'The keys of {issuer} cannot be read: {problem}. Nobody gets in by its tokens until they can.',
  ),
  'access.not-configured': row(
    400,
    'FAILED_PRECONDITION',
    'Listening on {host} lets others in, and nothing says how they show who they are. Say so in {file} (oidc, tls.clients or tokens: true), or listen on 127.0.0.1.',
  ),
  'access.plaintext': row(
    400,
    'FAILED_PRECONDITION',
    'Listening on {host} without TLS shows tokens to whoever listens in. Give tls.cert and tls.key in {file}, or say behindProxy: true where a proxy before it ends TLS.',
  ),
  'access.token-file': row(
    403,
    'PERMISSION_DENIED',
    '{path} is not used: {problem}. It is the token of whoever owns the folder: see who read it, remove it, and start asof up again, which makes a new one.',
  ),
  'access.not-owner': row(
    403,
    'PERMISSION_DENIED',
    '{folder} belongs to user {owner}, and {user} asks. Whoever opens a folder directly acts as its owner: ask the owner, or the server that runs, with a token of your own.',
  ),
  'access.unknown-token': row(404, 'NOT_FOUND', 'There is no token {id}. asof token list shows them.'),
  'access.token-exists': row(
    409,
    'ALREADY_EXISTS',
    'Token {id} was issued before. Make another: an id is never used twice.',
  ),
  'access.token-expiry': row(
    400,
    'INVALID_ARGUMENT',
    'A token ends at a moment to come, at most {days} days away. Choose one, as in --expires 90d.',
  ),
  'access.beyond-own': row(
    403,
    'PERMISSION_DENIED',
    '{issuer} cannot issue a token for more than {issuer} may do: {permissions}. Leave out the role, or ask the owner.',
  ),
  'access.policy-invalid': row(
    400,
    'INVALID_ARGUMENT',
    'The access policy cannot come into force: {problem}. Correct it and have it signed again.',
  ),
  'access.policy-version': row(
    409,
    'FAILED_PRECONDITION',
    'The access policy is version {version}, and the next one must be {expected}.',
  ),
  'access.policy-other-log': row(
    409,
    'FAILED_PRECONDITION',
    'Version {version} of the access policy was signed for another log. Have it signed for this one.',
  ),
  'access.policy-unsigned': row(
    403,
    'PERMISSION_DENIED',
    'Access policy {version} has {have} of {required} signatures of {committee} that hold. Each of them signs the file as it stands: asof sign-access-policy FILE --member NAME --key FILE.',
  ),
  'config.environment': row(
    400,
    'INVALID_ARGUMENT',
    'The environment is not right: {problems}. Correct it there.',
  ),
  'key.malformed': row(
    400,
    'INVALID_ARGUMENT',
    '{path} holds no Ed25519 private key in PEM. Restore it from a copy, or make another with asof keygen.',
  ),
  'key.name': row(
    400,
    'INVALID_ARGUMENT',
    '{name} cannot name a key file. Begin with a letter or digit, and use letters, digits, spaces, ., _, @ and -.',
  ),
  'key.missing': row(
    404,
    'NOT_FOUND',
    'There is no key at {path}. Give the path of an Ed25519 private key in PEM.',
  ),
} as const satisfies Record<string, FaultRow>
