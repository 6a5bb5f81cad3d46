-- CreateIndex
CREATE INDEX "profile_links_profileId_position_idx" ON "profile_links"("profileId", "position");

-- Prisma's schema language has no CHECK: written by hand.
ALTER TABLE "profile_links" ADD CONSTRAINT "profile_links_position_check" CHECK ("position" >= 0);
