-- AlterTable
ALTER TABLE "profiles" ADD COLUMN     "title" VARCHAR(120);
