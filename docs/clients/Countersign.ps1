<#
.SYNOPSIS
  Works a queue of Countersign from PowerShell 5.1 or 7: what is pending, approve, deny, follow the audit log.
.DESCRIPTION
  Only calls that the Admin By Request public API has, so it works against either.
.EXAMPLE
  . ./Countersign.ps1
  Connect-Countersign -Url http://127.0.0.1:8080 -Key (Get-Content ./key)
  Get-PendingRequest | Format-Table id, type, reason
  Approve-Request -Id 1 -By bob@acme.test
  Deny-Request -Id 2 -By bob@acme.test -Reason 'Use the portable edition'
  Watch-Auditlog | Format-Table id, status, approvedBy, deniedBy
#>

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Connect-Countersign {
    param(
        [Parameter(Mandatory)] [string] $Url,
        [Parameter(Mandatory)] [string] $Key
    )
    # Windows PowerShell 5.1 would start with an older one.
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $script:Countersign = @{ Url = $Url.TrimEnd('/'); Headers = @{ apikey = $Key.Trim() } }
}

# Parameters go in the query: a header cannot hold every letter of a name or a reason.
function Invoke-Countersign {
    param([string] $Method, [string] $Path, [hashtable] $Query = @{})
    $pairs = foreach ($name in $Query.Keys) {
        if ("$($Query[$name])" -ne '') { $name + '=' + [uri]::EscapeDataString("$($Query[$name])") }
    }
    $address = $script:Countersign.Url + $Path
    if ($pairs) { $address += '?' + ($pairs -join '&') }
    $answer = Invoke-RestMethod -Method $Method -Uri $address -Headers $script:Countersign.Headers
    $answer
}

# Page by page, until there is nothing more.
function Get-PendingRequest {
    $next = 0
    while ($true) {
        $page = @(Invoke-Countersign -Method Get -Path "/requests" -Query @{ status = 'pending'; startid = $next; take = 1000 })
        if ($page.Count -eq 0) { return }
        $page
        $next = $page[-1].id + 1
    }
}

function Get-Request {
    param([Parameter(Mandatory)] [int] $Id)
    Invoke-Countersign -Method Get -Path "/requests/$Id" -Query @{ wantscandetails = 1 }
}

# The first decision stands: who comes later changes nothing, and gets no error.
function Approve-Request {
    param([Parameter(Mandatory)] [int] $Id, [string] $By = '')
    Invoke-Countersign -Method Put -Path "/requests/$Id" -Query @{ approvedby = $By } | Out-Null
}

function Deny-Request {
    param([Parameter(Mandatory)] [int] $Id, [string] $By = '', [string] $Reason = '')
    Invoke-Countersign -Method Delete -Path "/requests/$Id" -Query @{ deniedby = $By; reason = $Reason } | Out-Null
}

# Every entry that is new or changed, as it comes, until Ctrl-C.
function Watch-Auditlog {
    param([int] $EverySeconds = 10)
    $delta = Invoke-Countersign -Method Get -Path "/auditlog/delta"
    while ($true) {
        $delta = Invoke-Countersign -Method Get -Path "/auditlog/delta" -Query @{ deltaTime = $delta.timeNow }
        $delta.entries
        Start-Sleep -Seconds $EverySeconds
    }
}
