-- GET of the newest 20 invoices.
dofile(debug.getinfo(1, "S").source:match("^@(.*)list%.lua$") .. "common.lua")
wrk.headers["Api-Key"] = os.getenv("ADMIN_API_KEY")

wrk.path = "/admin/api/invoices?limit=20"
