-- GET of the newest 20 invoices.
dofile(debug.getinfo(1, "S").source:match("^@(.*)list%.lua$") .. "common.lua")

wrk.path = "/admin/api/invoices?limit=20"
