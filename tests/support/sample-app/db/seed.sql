-- 5,000 users with a profile each, 2,000 tasks, and Prisma's own record that the init migration
-- was applied. The same rows with the same ids every time; ids are md5('user:<n>')::uuid and so on.
--
-- Every account has the password  correct-horse-battery  (scrypt, N=1024 r=8 p=1, a fixed salt so
-- that this file stays the same; the service itself salts at random). User 1 is smoke@example.com,
-- 2 is admin@example.com (the only admin), 3 is locked@example.com, n is user<n>@example.com.

BEGIN;

INSERT INTO users (id, email, "passwordHash", role, "failedLogins", "lockedUntil", "lastLoginAt", "createdAt", "updatedAt")
SELECT md5('user:' || n)::uuid,
       CASE n WHEN 1 THEN 'smoke' WHEN 2 THEN 'admin' WHEN 3 THEN 'locked' ELSE 'user' || n END || '@example.com',
       'scrypt$1024$8$1$c2xpcHdheS1zYW1wbGUtMQ$dv_lirJjLsCKk3p9L8VYzxbGRbeokZsi8ZqgTJZ-R_4',
       (CASE n WHEN 2 THEN 'admin' ELSE 'user' END)::"UserRole",
       CASE n WHEN 3 THEN 5 ELSE 0 END,
       CASE n WHEN 3 THEN timestamp '2090-01-01' END,
       CASE WHEN n % 3 = 0 THEN timestamp '2025-11-01' + n * interval '11 minutes' END,
       timestamp '2025-06-01' + n * interval '7 minutes',
       timestamp '2025-06-01' + n * interval '7 minutes'
FROM generate_series(1, 5000) AS n;

-- The legacy links in every shape that has been written into the column over the years. Even
-- profiles have one of the ordinary shapes, odd ones go through the whole list; {n} is the number
-- of the profile. SQL NULL is a shape too. Keep the order: tests know profiles by their number.
CREATE TEMP TABLE legacy_shape (
    k        int GENERATED ALWAYS AS IDENTITY (START WITH 0 MINVALUE 0),
    ordinary boolean NOT NULL,
    doc      text
) ON COMMIT DROP;

INSERT INTO legacy_shape (ordinary, doc) VALUES
-- Object map
(true,  '{"website": "https://www.person{n}.example", "imdb": "https://www.imdb.com/name/nm{n}/"}'),
(true,  '{"imdb": "https://www.imdb.com/name/nm{n}/", "showreel": "https://vimeo.example/{n}", "website": "http://person{n}.example/"}'),
(true,  '{"instagram": "https://instagram.example/p{n}", "linkedin": "https://linkedin.example/in/p{n}", "website": "https://person{n}.example"}'),
(true,  '{"showreel": "https://video.example/watch?v={n}&t=30s#start"}'),
(false, '{"IMDB": "https://www.imdb.com/name/nm{n}/", "WebSite": "https://person{n}.example", " showreel ": "https://video.example/{n}"}'),
(false, '{"website": "", "imdb": null, "showreel": "   ", "twitter": "@person{n}", "facebook": "person.{n}"}'),
(false, '{"website": ["https://person{n}.example", "https://blog.person{n}.example"], "imdb": "https://www.imdb.com/name/nm{n}/"}'),
-- Array of strings
(true,  '["https://person{n}.example", "https://www.imdb.com/name/nm{n}/", "https://video.example/{n}"]'),
(false, '["https://person{n}.example", 42, null, true, "", "https://two.example/{n}"]'),
-- Array of objects
(true,  '[{"type": "imdb", "label": "IMDb", "url": "https://www.imdb.com/name/nm{n}/", "position": 0}, {"type": "website", "label": "Home page", "url": "https://person{n}.example", "position": 1}]'),
(false, '[{"platform": "showreel", "title": "Reel 2024", "href": "https://video.example/{n}", "order": 2}, {"platform": "website", "title": "Site", "href": "https://person{n}.example", "order": 1}]'),
(false, '[{"platform": "linkedin", "link": "https://linkedin.example/in/p{n}"}, {"name": "imdb", "link": "https://www.imdb.com/name/nm{n}/"}, {"kind": "blog", "url": "https://blog.example/{n}"}]'),
(false, '[{"type": "imdb", "url": "https://www.imdb.com/name/nm{n}/", "href": "https://other.example/{n}", "label": "two addresses"}]'),
(false, '[{"type": "website", "label": "no address"}, {"url": null, "type": "imdb"}, {"url": 7, "type": "imdb"}, {}, [], "https://person{n}.example"]'),
(false, '[{"type": 3, "url": "https://a.example/{n}"}, {"type": null, "url": "https://b.example/{n}"}, {"url": "https://c.example/{n}"}, {"type": "podcast", "url": "https://d.example/{n}"}]'),
(false, '[{"type": "website", "url": "https://hidden.example/{n}", "isActive": false}, {"type": "website", "url": "https://shown.example/{n}", "isActive": true}]'),
-- Positions: with gaps, equal, negative, as text, fractions, too large
(false, '[{"url": "https://a.example/{n}", "position": 10}, {"url": "https://b.example/{n}", "position": 5}, {"url": "https://c.example/{n}", "position": 5}, {"url": "https://d.example/{n}"}]'),
(false, '[{"url": "https://a.example/{n}", "position": -1}, {"url": "https://b.example/{n}", "position": "2"}, {"url": "https://c.example/{n}", "position": 1.5}, {"url": "https://d.example/{n}", "position": 3000000000}, {"url": "https://e.example/{n}", "position": "first"}]'),
-- Nested object
(true,  '{"imdb": {"url": "https://www.imdb.com/name/nm{n}/", "label": "My IMDb"}, "website": {"url": "https://person{n}.example"}}'),
(false, '{"showreel": {"href": "https://video.example/{n}", "title": "Reel", "order": 1}, "website": {"link": "https://person{n}.example", "order": 0}, "imdb": {"label": "no address"}}'),
(false, '{"0": {"platform": "imdb", "url": "https://www.imdb.com/name/nm{n}/"}, "1": {"platform": "website", "url": "https://person{n}.example"}}'),
-- A JSON string that contains JSON
(true,  '"{\"website\": \"https://person{n}.example\", \"imdb\": \"https://www.imdb.com/name/nm{n}/\"}"'),
(false, '"[\"https://person{n}.example\", \"https://two.example/{n}\"]"'),
(false, '"[{\"type\": \"imdb\", \"url\": \"https://www.imdb.com/name/nm{n}/\"}]"'),
(false, '"\"{\\\"website\\\": \\\"https://twice-encoded.example/{n}\\\"}\""'),
(false, '"{\"website\": \"https://cut-off.example/{n}"'),
(false, '"{\"website\": \"https://nul\\u0000.example/{n}\"}"'),
(false, '"null"'),
-- Nothing in it
(true,  NULL),
(true,  'null'),
(true,  '{}'),
(false, '[]'),
(false, '""'),
(false, '"{}"'),
-- Scalars
(false, '42'),
(false, 'true'),
(false, '"https://bare.example/{n}"'),
(false, '"see my page"'),
-- Deeper nesting
(false, '{"contact": {"channels": [{"type": "imdb", "url": "https://www.imdb.com/name/nm{n}/"}]}}'),
(false, '[[{"type": "imdb", "url": "https://www.imdb.com/name/nm{n}/"}]]'),
(false, '{"imdb": {"url": {"href": "https://www.imdb.com/name/nm{n}/"}}}'),
-- javascript: in several spellings, and other schemes
(false, '{"website": "javascript:alert({n})"}'),
(false, '{"website": "JaVaScRiPt:alert({n})", "imdb": "java\tscript:alert({n})", "showreel": "  javascript:alert({n})"}'),
(false, '{"website": "&#106;avascript:alert({n})", "imdb": "javascript%3Aalert({n})", "showreel": "\u0001javascript:alert({n})"}'),
(false, '["data:text/html,<script>alert({n})</script>", "vbscript:x", "file:///etc/passwd", "ftp://files.example/{n}", "mailto:p{n}@example.com", "tel:+44{n}", "blob:https://a.example/{n}"]'),
-- Labels: too long, exactly 40, 41 with a wide one, blank, markup, not text
(false, '[{"type": "website", "label": "The official home page of the one and only person number {n}", "url": "https://person{n}.example"}]'),
(false, '[{"label": "exactly forty characters, not one more..", "url": "https://a.example/{n}"}, {"label": "forty-one characters with a wide one: 🎬🎬🎬", "url": "https://b.example/{n}"}]'),
(false, '[{"label": "🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬", "url": "https://forty-wide.example/{n}"}, {"label": "Ame\u0301lie", "url": "https://combining.example/{n}"}]'),
(false, '[{"label": "", "url": "https://a.example/{n}"}, {"label": "   ", "url": "https://b.example/{n}"}, {"label": 5, "url": "https://c.example/{n}"}, {"label": null, "url": "https://d.example/{n}"}, {"label": "<b>Bold</b>\u0007", "url": "https://e.example/{n}"}]'),
-- Duplicates: the same, another case of scheme and host, another type, another case of the path
(false, '[{"type": "website", "url": "https://person{n}.example/Me"}, {"type": "website", "url": "https://person{n}.example/Me"}, {"type": "website", "url": "HTTPS://PERSON{n}.Example/Me"}, {"type": "imdb", "url": "https://person{n}.example/Me"}, {"type": "website", "url": "https://person{n}.example/me"}]'),
(false, '{"website": "https://same.example/{n}", "homepage": "https://same.example/{n}", "blog": "https://same.example/{n}"}'),
-- Hosts without a scheme, and half addresses
(false, '{"website": "person{n}.example", "imdb": "www.imdb.com/name/nm{n}", "showreel": "//video.example/{n}"}'),
(false, '["https://", "https:///{n}", "http:person.example", "https:\\\\slashes.example\\{n}", "//", "/relative/{n}", "?q={n}", "localhost:3000"]'),
-- Names beyond ASCII
(false, '{"website": "https://bücher.example/{n}", "imdb": "https://xn--bcher-kva.example/{n}", "showreel": "https://例え.example/{n}"}'),
(false, '{"website": "https://person.example/größe/{n}?q=ä#ö", "imdb": "https://ex\u00adample.com/{n}", "showreel": "https://\u202emoc.elpmaxe/{n}"}'),
-- Credentials
(false, '{"website": "https://user:hunter2@person{n}.example/", "imdb": "https://user@person{n}.example/", "showreel": "https://:hunter2@person{n}.example/"}'),
(false, '{"website": "https://www.imdb.com%40evil.example/{n}", "imdb": "https://www.imdb.com\\@evil.example/{n}"}'),
-- Control characters and blanks
(false, '{"website": "https://person{n}.example/\u0009tab", "imdb": "https://person{n}.example/\r\nSet-Cookie: a=b", "showreel": "https://per\u001fson{n}.example"}'),
(false, '{"website": "  https://person{n}.example/  ", "imdb": "https://person{n}.example/a b", "showreel": "https://per son{n}.example/\u007f"}'),
-- Ports and literal addresses
(false, '["https://person{n}.example:8443/", "https://person{n}.example:99999/", "https://person{n}.example:0/", "https://person{n}.example:http/", "https://person{n}.example:/", "http://[::1]:8080/{n}", "http://[::1/{n}", "http://127.0.0.1/{n}", "http://2130706433/{n}"]'),
-- Too long, and just short enough (2,048 bytes)
(false, '{"website": "https://person.example/{long}{n}", "imdb": "https://www.imdb.com/{fits}"}');

INSERT INTO profiles (id, "userId", "displayName", bio, "socialLinks", "createdAt", "updatedAt")
WITH numbered AS (
    SELECT k, doc, ordinary,
           row_number() OVER (PARTITION BY ordinary ORDER BY k) - 1 AS nth,
           count(*) OVER (PARTITION BY ordinary) AS of_kind,
           count(*) OVER () AS of_all
    FROM legacy_shape
)
SELECT md5('profile:' || n)::uuid,
       md5('user:' || n)::uuid,
       CASE n WHEN 1 THEN 'Smoke Test' WHEN 2 THEN 'Ada Admin' WHEN 3 THEN 'Lock Ed' ELSE 'Person ' || n END,
       CASE WHEN n % 4 <> 0 THEN 'Bio of person ' || n || repeat('. More about it', n % 9) || '.' END,
       replace(replace(replace(s.doc, '{n}', n::text),
                       '{long}', repeat('x', 2100)),
               '{fits}', repeat('y', 2048 - length('https://www.imdb.com/')))::jsonb,
       timestamp '2025-06-01' + n * interval '7 minutes',
       timestamp '2025-09-01' + n * interval '13 minutes'
FROM generate_series(1, 5000) AS n
JOIN numbered s ON CASE WHEN n % 2 = 0 THEN s.ordinary AND s.nth = (n / 2 - 1) % s.of_kind
                        ELSE s.k = (n / 2) % s.of_all END;

-- Task 1 has a well-known id; a few titles are longer than anyone thought.
INSERT INTO tasks (id, title, status, "assigneeId", "createdAt", "updatedAt")
SELECT CASE n WHEN 1 THEN '550e8400-e29b-41d4-a716-446655440000' ELSE md5('task:' || n)::uuid END,
       'Task ' || n || CASE WHEN n % 97 = 0
                            THEN ': ' || repeat('call the agency back about the contract, ', 3) || 'then file it'
                            ELSE ': ' || (ARRAY['call back', 'review', 'upload the reel', 'sign', 'archive'])[1 + n % 5] END,
       (ARRAY['todo', 'in_progress', 'blocked', 'done', 'done', 'done', 'cancelled'])[1 + n % 7]::"TaskStatus",
       CASE WHEN n % 6 <> 0 THEN md5('user:' || 1 + n % 400)::uuid END,
       timestamp '2025-07-01' + n * interval '97 minutes',
       timestamp '2025-07-01' + n * interval '97 minutes' + (n % 50) * interval '1 hour'
FROM generate_series(1, 2000) AS n;

INSERT INTO audit_log ("userId", action, detail, "createdAt")
SELECT md5('user:' || 1 + n % 400)::uuid,
       (ARRAY['login', 'login', 'login', 'login_failed', 'password_changed', 'profile_changed'])[1 + n % 6],
       CASE WHEN n % 6 = 3 THEN jsonb_build_object('reason', 'wrong password') END,
       timestamp '2025-10-01' + n * interval '31 minutes'
FROM generate_series(1, 3000) AS n;

-- As Prisma leaves it behind; the checksum is the SHA-256 of the init migration's file.
CREATE TABLE "_prisma_migrations" (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
);

INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, started_at, applied_steps_count) VALUES
('6f1d6ac4-3b0e-4f7d-9a55-0d2f9c1b7e21', '35981eb970476da9eecdd554129ae619a5ed7b80db2534199a97f46008878ba2',
 '2025-05-31 08:00:00.412+00', '00000000000000_init', '2025-05-31 08:00:00.231+00', 1);

COMMIT;

ANALYZE;
