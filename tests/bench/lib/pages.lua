-- GET of numbered pages of 20, at random between the two that the arguments name: FIRST LAST [FILTER].
dofile(debug.getinfo(1, "S").source:match("^@(.*)pages%.lua$") .. "common.lua")
wrk.headers["Api-Key"] = os.getenv("ADMIN_API_KEY")

local first, last, filter

function init(args)
    first, last, filter = tonumber(args[1]), tonumber(args[2]), args[3] or ""
    math.randomseed(os.time())
end

function request()
    return wrk.format("GET", "/admin/api/invoices?limit=20&page=" .. math.random(first, last) .. filter)
end
