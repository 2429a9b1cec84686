import { z } from 'zod';
import type { Access } from './access.ts';
import { type App, callerOf } from './api.ts';
import { doorProblem, problemSchema } from './problem-answer.ts';

export const SESSION_COOKIE = 'tolem_session';
/** Guessing 256 random bits is hopeless anyway; this keeps the log readable. */
const LOGINS_PER_MINUTE = 20;

/** The page's login: the token once, then a cookie that scripts can't read and other sites can't send. */
export function addLoginRoutes(app: App, access: Access): void {
  const errors = { '4xx': problemSchema };
  app.post(
    '/session',
    {
      config: { rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: 60_000 } },
      schema: {
        tags: ['session'],
        body: z.object({ token: z.string().min(1).max(200), name: z.string().trim().min(1).max(60) }),
        response: { 200: z.object({ name: z.string() }), ...errors },
      },
    },
    async (request, reply) => {
      const { token, name } = request.body;
      const login = access.login(token.trim(), name);
      if (!login) throw doorProblem('token_wrong', 'this is not the token of this hub');
      reply.setCookie(SESSION_COOKIE, login.session, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: request.protocol === 'https',
        maxAge: login.maxAgeS,
      });
      return { name };
    },
  );
  app.get(
    '/session',
    { schema: { tags: ['session'], response: { 200: z.object({ name: z.string() }), ...errors } } },
    async (request) => ({ name: callerOf(request).name }),
  );
  app.delete('/session', { schema: { tags: ['session'] } }, async (request, reply) => {
    access.logout(request.cookies[SESSION_COOKIE] ?? '');
    return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send();
  });
}
