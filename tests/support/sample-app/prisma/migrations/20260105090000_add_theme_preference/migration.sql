-- CreateEnum
CREATE TYPE "ThemePreference" AS ENUM ('light', 'dark', 'system');

-- AlterTable
ALTER TABLE "profiles" ADD COLUMN     "themePreference" "ThemePreference" NOT NULL DEFAULT 'system';
