-- GET of one invoice, at random among the ids in the file that the first argument names.
dofile(debug.getinfo(1, "S").source:match("^@(.*)get%.lua$") .. "common.lua")
wrk.headers["Api-Key"] = os.getenv("ADMIN_API_KEY")

local requests

function init(args)
    requests = requests_for(args[1], "/admin/api/invoices/")
end

function request()
    return requests[math.random(#requests)]
end
