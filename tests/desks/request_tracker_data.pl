# What the tests need in Request Tracker 5: two accounts, a queue, its custom fields, rights, a webhook. Read once by
# rt-setup-database-5 --action insert --datafile THIS; plain Perl, evaluated inside RT.
use utf8;
my $queue = $ENV{DESK_QUEUE};

# The bridge's own account, and a person who decides.
@Users = (
    { Name => 'bridge',   Privileged => 1, EmailAddress => 'bridge@desk.test',   RealName => 'Countersign' },
    { Name => 'approver', Privileged => 1, EmailAddress => 'approver@desk.test', RealName => 'Zoë Approver' },
);
@Queues = ( { Name => $queue, Description => 'Requests that need a decision', Lifecycle => 'default',
              CorrespondAddress => 'access@desk.test', CommentAddress => 'access-comment@desk.test' } );
my $order = 1;
@CustomFields = map { { LookupType => 'RT::Queue-RT::Ticket', ApplyTo => $queue, %$_ } } (
    { Name => 'Request ID',      Type => 'FreeformSingle' },
    { Name => 'Decision',        Type => 'SelectSingle', RenderType => 'Dropdown',
      Values => [ map { { Name => $_, SortOrder => $order++ } } qw(Pending Approved Denied) ] },
    { Name => 'Decision Reason', Type => 'FreeformSingle' },
);

# What a bridge needs on its queue and no more: it may not delete a ticket, which a test counts on.
@ACL = map { my $user = $_; map { { UserId => $user, Queue => $queue, Right => $_ } }
    qw(SeeQueue CreateTicket ShowTicket ModifyTicket CommentOnTicket ReplyToTicket ShowTicketComments
       SeeCustomField ModifyCustomField OwnTicket Watch) } qw(bridge approver);

# RT has no webhooks; a scrip with a little Perl is its normal way. The address is read from var/webhook.url each time,
# so that a test turns it on and off. TransactionBatch: one call after all changes of one update.
@Scrips = ( {
    Queue => $queue, Description => 'Webhook', Template => 'Blank', Stage => 'TransactionBatch',
    ScripCondition => 'User Defined', ScripAction => 'User Defined',
    CustomIsApplicableCode => q{ return $self->TransactionObj->Type =~ /^(Create|Status|CustomField|Comment|Correspond)$/ ? 1 : 0; },
    CustomPrepareCode => 'return 1;',
    CustomCommitCode => <<'PERL',
my $text_of = sub { open my $in, '<', "$RT::VarPath/$_[0]" or return ''; local $/; my $text = <$in> // ''; $text =~ s/\s+\z//; $text };
my $url = $text_of->('webhook.url');
return 1 unless $url =~ m{^http://127\.0\.0\.1:};
require LWP::UserAgent; require JSON; require Digest::SHA;
my $ticket = $self->TicketObj;
my %values; my $fields = $ticket->CustomFields;
while ( my $field = $fields->Next ) { $values{ $field->Name } = $ticket->FirstCustomFieldValue( $field->Name ) }
my $body = JSON->new->utf8->canonical->encode( { ticket => { id => $ticket->id + 0, Status => $ticket->Status, CustomFields => \%values } } );
my $secret = $text_of->('webhook.secret');
my $answer = LWP::UserAgent->new( timeout => 3, agent => 'RT-webhook' )->post( $url, 'Content-Type' => 'application/json',
    ( $secret ne '' ? ( 'X-Bridge-Signature' => 'sha256=' . Digest::SHA::hmac_sha256_hex( $body, $secret ) ) : () ), Content => $body );
RT->Logger->warning( "webhook $url: " . $answer->status_line ) unless $answer->is_success;
return 1;
PERL
} );

@Final = ( sub {
    # The clear text of a token can be read only here, when it is made.
    for my $name (qw(bridge approver)) {
        my $user = RT::User->new( RT->SystemUser ); $user->Load($name);
        my ( $id, $message, $token ) = RT::AuthToken->new( RT->SystemUser )->Create( Owner => $user->id, Description => 'tests' );
        die "token for $name: $message" unless $id;
        umask 077;
        open my $out, '>', "$ENV{DESK_FOLDER}/token.$name" or die $!; print $out $token; close $out;
    }
    # RT's own mails take more than half of the time of a new ticket.
    my $scrips = RT::Scrips->new( RT->SystemUser ); $scrips->UnLimit;
    while ( my $scrip = $scrips->Next ) { $scrip->SetDisabled(1) if $scrip->ActionObj->Name =~ /Notify|Autoreply/i }
} );
1;
